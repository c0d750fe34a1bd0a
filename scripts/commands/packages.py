"""What has to be on the machine, how to see that it is there, and what other systems call it.

`BUILD` is enough for build, demo and serve; `TEST` comes on top for test, check and bench, and
`CLIENTS` for the foreign clients of test.
"""
import dataclasses
import glob
import importlib.util
import pathlib
import shutil

INCLUDE_DIRS = ["/usr/include", "/usr/include/*-linux-gnu", "/usr/local/include"]


@dataclasses.dataclass(frozen=True)
class Package:
    debian: str
    probe: str  # "tool:<program>", "header:<file>", "file:<glob>" or "python:<module>"
    fedora: str
    arch: str

    def is_present(self):
        kind, _, what = self.probe.partition(":")
        if kind == "tool":
            return shutil.which(what) is not None
        if kind == "header":
            return any(pathlib.Path(f).is_file()
                       for base in INCLUDE_DIRS for f in glob.glob(f"{base}/{what}"))
        if kind == "python":
            return importlib.util.find_spec(what) is not None
        return bool(glob.glob(what))


BUILD = [
    Package("g++", "tool:g++", "gcc-c++", "gcc"),
    Package("cmake", "tool:cmake", "cmake", "cmake"),
    Package("ninja-build", "tool:ninja", "ninja-build", "ninja"),
    Package("libcurl4-openssl-dev", "header:curl/curl.h", "libcurl-devel", "curl"),
    Package("zlib1g-dev", "header:zlib.h", "zlib-devel", "zlib"),
    Package("libboost-dev", "header:boost/beast.hpp", "boost-devel", "boost"),
    Package("libsqlite3-dev", "header:sqlite3.h", "sqlite-devel", "sqlite"),
    Package("libzstd-dev", "header:zstd.h", "libzstd-devel", "zstd"),
    Package("libdeflate-dev", "header:libdeflate.h", "libdeflate-devel", "libdeflate"),
    Package("libprotozero-dev", "header:protozero/pbf_reader.hpp", "protozero-devel", "protozero"),
    Package("nlohmann-json3-dev", "header:nlohmann/json.hpp", "json-devel", "nlohmann-json"),
    Package("libcli11-dev", "header:CLI/CLI.hpp", "cli11-devel", "cli11"),
    Package("doctest-dev", "header:doctest/doctest.h", "doctest-devel", "doctest"),
]

TEST = [
    Package("git", "tool:git", "git", "git"),
    Package("clang-14", "tool:clang++-14", "clang14", "clang14"),
    Package("clang-format-14", "tool:clang-format-14", "clang-tools-extra14", "clang14"),
    Package("clang-tidy-14", "tool:clang-tidy-14", "clang-tools-extra14", "clang14"),
    Package("libclang-rt-14-dev",
            "file:/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.asan-*.a", "compiler-rt14",
            "compiler-rt14"),
    Package("llvm-14", "tool:llvm-symbolizer-14", "llvm14", "llvm14"),
    Package("valgrind", "tool:valgrind", "valgrind", "valgrind"),
    # Without the symbols of libc valgrind refuses to start.
    Package("libc6-dbg", "file:/usr/lib/debug/.build-id/*", "glibc-debuginfo", "debuginfod"),
    Package("libtcmalloc-minimal4", "file:/usr/lib/*/libtcmalloc_minimal.so.4*", "gperftools-libs",
            "gperftools"),
    Package("openssl", "tool:openssl", "openssl", "openssl"),
    Package("strace", "tool:strace", "strace", "strace"),
    Package("pkg-config", "tool:pkg-config", "pkgconf", "pkgconf"),
    Package("python3-venv", "python:ensurepip", "python3", "python"),
]

CLIENTS = [
    Package("nodejs", "tool:node", "nodejs", "nodejs"),
    Package("npm", "tool:npm", "nodejs-npm", "npm"),
    Package("golang-go", "tool:go", "golang", "go"),
]

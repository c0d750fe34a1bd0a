"""The installed SDK, static and shared: found by find_package and by pkg-config."""
import os
import pathlib
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONSUMER = pathlib.Path(__file__).resolve().parent
TREE = "parent\n  child (tool)\n"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, f"{shlex.join(str(word) for word in command)}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module", params=["static", "shared"])
def prefix(request, tmp_path_factory):
    """Where the SDK alone was configured, built and installed."""
    folder = tmp_path_factory.mktemp(request.param)
    shared = "ON" if request.param == "shared" else "OFF"
    run("cmake", "-S", ROOT, "-B", folder / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
        f"-DBUILD_SHARED_LIBS={shared}", "-DHONEYHIVE_BUILD_SERVER=OFF",
        "-DHONEYHIVE_BUILD_TESTS=OFF", f"-DCMAKE_INSTALL_PREFIX={folder / 'prefix'}")
    run("cmake", "--build", folder / "build", "--parallel", os.cpu_count() or 2)
    run("cmake", "--install", folder / "build")
    # Nothing that was built or installed may be needed at the place where it was made.
    (folder / "build").rename(folder / "gone")
    return (folder / "prefix").rename(folder / "moved")


def libraries(prefix):
    return {file.name for file in prefix.rglob("libhoneyhive.*")}


def headers(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*.h")}


def library_dir(prefix):
    return next(prefix.rglob("libhoneyhive.*")).parent


def test_find_package_builds_a_program_that_runs(prefix, tmp_path):
    run("cmake", "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "consumer") == TREE


def test_pkg_config_gives_flags_that_build_the_same_program(prefix, tmp_path):
    search = dict(os.environ, PKG_CONFIG_PATH=str(library_dir(prefix) / "pkgconfig"))
    flags = run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs",
                "honeyhive", env=search)
    run("g++", "-std=c++20", CONSUMER / "main.cpp", "-o", tmp_path / "consumer",
        *shlex.split(flags))
    loaded_from = dict(os.environ, LD_LIBRARY_PATH=str(library_dir(prefix)))
    assert run(tmp_path / "consumer", env=loaded_from) == TREE


def test_every_installed_header_is_public_and_every_public_one_is_installed(prefix):
    assert headers(prefix / "include") == headers(ROOT / "include")


def test_the_library_needs_nothing_but_the_platform_curl_and_zlib(prefix):
    if "libhoneyhive.so" not in libraries(prefix):
        pytest.skip("a static library names no others")
    dynamic = run("objdump", "-p", library_dir(prefix) / "libhoneyhive.so")
    needed = {line.split()[1].split(".so")[0] for line in dynamic.splitlines() if "NEEDED" in line}
    platform = {"libc", "libm", "libgcc_s", "libstdc++", "libpthread", "ld-linux-x86-64"}
    assert "libcurl" in needed
    assert needed - platform <= {"libcurl", "libz"}

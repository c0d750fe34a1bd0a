"""The installed SDK, static and shared: found by find_package and by pkg-config."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from conftest import Client
from readme import blocks

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONSUMER = pathlib.Path(__file__).resolve().parent
TREE = "parent\n  child (tool)\n"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, f"{shlex.join(str(word) for word in command)}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def sdk_build(tmp_path_factory):
    """A build of the SDK alone; static and shared differ in the last link only."""
    return tmp_path_factory.mktemp("sdk")


@pytest.fixture(scope="module", params=["static", "shared"])
def prefix(request, sdk_build, tmp_path_factory):
    """Where the SDK was installed, and then moved to."""
    folder = tmp_path_factory.mktemp(request.param)
    run("cmake", "-S", ROOT, "-B", sdk_build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
        f"-DBUILD_SHARED_LIBS={'ON' if request.param == 'shared' else 'OFF'}",
        "-DHONEYHIVE_BUILD_SERVER=OFF", "-DHONEYHIVE_BUILD_TESTS=OFF",
        f"-DCMAKE_INSTALL_PREFIX={folder / 'prefix'}")
    run("cmake", "--build", sdk_build, "--parallel", os.cpu_count() or 2)
    run("cmake", "--install", sdk_build)
    return (folder / "prefix").rename(folder / "moved")


def libraries(prefix):
    return {file.name for file in prefix.rglob("libhoneyhive.*")}


def shared_library(prefix):
    if "libhoneyhive.so" not in libraries(prefix):
        pytest.skip("of the shared library only")
    return library_dir(prefix) / "libhoneyhive.so"


def headers(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*.h")}


def library_dir(prefix):
    return next(prefix.rglob("libhoneyhive.*")).parent


def test_find_package_builds_a_program_that_runs(prefix, tmp_path):
    run("cmake", "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "consumer") == TREE


def write_readmes_program(folder, server, section="Trace a program"):
    folder.mkdir(exist_ok=True)
    (folder / "main.cpp").write_text(blocks(section, server)["cpp"][0], encoding="utf-8")
    cmake = blocks("Trace a program", server)["cmake"][0]
    (folder / "CMakeLists.txt").write_text(cmake, encoding="utf-8")


def check_that_it_is_traced(program, server):
    run(program)
    traces = Client(server).read("GET", "/api/v0/traces?project=quickstart")["traces"]
    assert [(trace["name"], trace["spans"]) for trace in traces] == [("answer", 2)]


def test_the_readmes_program_builds_and_is_traced(prefix, tmp_path, server):
    write_readmes_program(tmp_path, server)
    build = tmp_path / "build"
    run("cmake", "-S", tmp_path, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    check_that_it_is_traced(build / "my_program", server)


def test_the_readmes_shortest_program_builds_and_is_traced(prefix, tmp_path, server):
    write_readmes_program(tmp_path, server, "Point anything at it")
    build = tmp_path / "build"
    run("cmake", "-S", tmp_path, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    run(build / "my_program")
    event, = [event for event in Client(server).export("default")
              if event["event_type"] != "session"]
    assert (event["event_name"], event["event_type"]) == ("hello from C++", "tool")
    assert event["metadata"]["answer"] == 42


def test_the_readmes_commands_install_the_library_and_build_the_program(build_dir, tmp_path,
                                                                        server):
    if build_dir != ROOT / "build" / "release":
        pytest.skip("the README builds the release preset")
    write_readmes_program(tmp_path / "my_program", server)
    commands = blocks("Trace a program", server)["sh"][0]
    run("sh", "-ec", commands, cwd=ROOT, env=dict(os.environ, HOME=str(tmp_path)))
    check_that_it_is_traced(tmp_path / "my_program" / "build" / "my_program", server)


def test_pkg_config_gives_flags_that_build_the_same_program(prefix, tmp_path):
    search = dict(os.environ, PKG_CONFIG_PATH=str(library_dir(prefix) / "pkgconfig"))
    flags = run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs",
                "honeyhive", env=search)
    run("g++", "-std=c++20", CONSUMER / "main.cpp", "-o", tmp_path / "consumer",
        *shlex.split(flags))
    loaded_from = dict(os.environ, LD_LIBRARY_PATH=str(library_dir(prefix)))
    assert run(tmp_path / "consumer", env=loaded_from) == TREE


def test_a_plugin_with_the_library_inside_can_be_unloaded(prefix, tmp_path, server):
    if "libhoneyhive.so" in libraries(prefix):
        pytest.skip("a shared library stays loaded by itself")
    search = dict(os.environ, PKG_CONFIG_PATH=str(library_dir(prefix) / "pkgconfig"))
    flags = shlex.split(run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags",
                            "--libs", "honeyhive", env=search))
    source = CONSUMER / "plugin"
    plugin, host = tmp_path / "plugin.so", tmp_path / "host"
    run("g++", "-std=c++20", "-fPIC", "-shared", source / "plugin.cpp", "-o", plugin,
        f"-Wl,--version-script={source / 'plugin.map'}", *flags)
    run("g++", "-std=c++20", source / "host.cpp", "-o", host, "-ldl", "-pthread")
    assert run(host, plugin, server.url) == "unloaded\nended\n"
    traces = Client(server).read("GET", "/api/v0/traces?project=plugin")["traces"]
    assert [(trace["name"], trace["spans"]) for trace in traces] == [("step", 1)]


def test_the_package_names_no_place_of_the_build(prefix, sdk_build):
    for file in [*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")]:
        text = file.read_text(encoding="utf-8")
        assert str(ROOT) not in text, file
        assert str(sdk_build) not in text, file


def test_every_installed_header_is_public_and_every_public_one_is_installed(prefix):
    assert headers(prefix / "include") == headers(ROOT / "include")


@pytest.mark.parametrize("component, has", [("sdk", "include/honeyhive/honeyhive.h"),
                                            ("program", "bin/honeyhive")])
def test_each_component_brings_the_licences(component, has, build_dir, tmp_path):
    run("cmake", "--install", build_dir, "--component", component, "--prefix", tmp_path)
    assert (tmp_path / has).is_file()
    for name in ("LICENSE", "NOTICE", "THIRD_PARTY_NOTICES.md"):
        installed = tmp_path / "share" / "doc" / "honeyhive" / name
        assert installed.read_bytes() == (ROOT / name).read_bytes()


def test_the_library_needs_nothing_but_the_platform_curl_and_zlib(prefix):
    dynamic = run("objdump", "-p", shared_library(prefix))
    needed = {line.split()[1].split(".so")[0] for line in dynamic.splitlines() if "NEEDED" in line}
    platform = {"libc", "libm", "libgcc_s", "libstdc++", "libpthread", "ld-linux-x86-64"}
    assert needed - platform == {"libcurl", "libz"}


def test_the_shared_library_shows_the_public_api_and_nothing_else(prefix):
    symbols = run("nm", "--dynamic", "--demangle", "--defined-only", shared_library(prefix))
    assert " honeyhive::HoneyHiveTracer::" in symbols
    inner = re.findall(r" [TWVBD] (honeyhive::(?:core|otlp|net|sdk)::.*)", symbols)
    assert not inner

"""The SDK's unit tests under valgrind's memcheck: no use of what is not there or not set, no leak.

Left out are cases that measure time or resident memory, of which valgrind takes fifty times as
much, and those that limit it, which valgrind keeps from the system.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPRESSIONS = pathlib.Path(__file__).with_name("memcheck.supp")
PROGRAMS = ["sdk_*_test", "net_test", "json_scan_test"]
WITHOUT = {"sdk_threads_test"}  # its only case is left out
LEFT_OUT = ["memory stays bounded while tracers come and go", "two thousand threads*",
            "an arena counts as memory only as far as it was grown*",
            "where address space is scarce*"]
MEMORY_ERROR = 99


def programs():
    build = pathlib.Path(os.environ.get("HONEYHIVE_BUILD_DIR", ROOT / "build" / "release"))
    found = {path.name for pattern in PROGRAMS for path in (build / "bin").glob(pattern)}
    return sorted(found - WITHOUT)


@pytest.mark.parametrize("program", programs())
def test_memory_is_used_as_it_should_be(program, build_dir):
    cache = (build_dir / "CMakeCache.txt").read_text(encoding="utf-8")
    if "HONEYHIVE_SANITIZE:STRING=\n" not in cache:
        pytest.skip("a sanitizer and valgrind cannot both watch")
    assert shutil.which("valgrind"), "valgrind is missing: run ./run setup"
    done = subprocess.run(
        ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,possible",
         "--errors-for-leak-kinds=definite,possible", f"--error-exitcode={MEMORY_ERROR}",
         "--num-callers=30", "--fair-sched=yes", f"--suppressions={SUPPRESSIONS}",
         # Tests that make allocations fail bring their own operator new: it is to be called.
         "--soname-synonyms=somalloc=nouserintercepts",
         str(build_dir / "bin" / program), f"--test-case-exclude={','.join(LEFT_OUT)}"],
        check=False, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]

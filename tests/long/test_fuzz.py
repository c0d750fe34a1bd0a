"""Each fuzz target for some minutes, from its seeds and what earlier runs found."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "fuzz"
TARGETS = sorted(path.stem for path in (ROOT / "fuzz").glob("*.cpp"))


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_breaks_a_target(target, fuzz_seconds, report):
    program, corpus = BUILD / "bin" / f"fuzz_{target}", BUILD / "corpus" / target
    assert program.is_file(), f"{program} is missing: run ./run build fuzz"
    corpus.mkdir(parents=True, exist_ok=True)
    settings = os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1",
                             "UBSAN_OPTIONS": "print_stacktrace=1"}
    done = subprocess.run(
        [str(program), f"-max_total_time={fuzz_seconds}", "-timeout=10", "-rss_limit_mb=2048",
         "-print_final_stats=1", f"-artifact_prefix={BUILD}/{target}-", str(corpus),
         str(ROOT / "fuzz" / "corpus" / target)],
        check=False, capture_output=True, text=True, env=settings, timeout=fuzz_seconds + 120)
    assert done.returncode == 0, done.stderr[-8000:]
    runs = [line.split()[-1] for line in done.stderr.splitlines() if "executed_units" in line]
    report(f"fuzz: {target} {runs[0]} inputs")

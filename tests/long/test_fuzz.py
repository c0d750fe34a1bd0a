"""Each fuzz target for some minutes, from its seeds and what earlier runs found.

As many run at once as there are cores; each is one thread and gets its full time.
"""
import concurrent.futures
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "fuzz"
TARGETS = sorted(path.stem for path in (ROOT / "fuzz").glob("*.cpp"))


def run_target(target, seconds):
    program, corpus = BUILD / "bin" / f"fuzz_{target}", BUILD / "corpus" / target
    assert program.is_file(), f"{program} is missing: run ./run build fuzz"
    corpus.mkdir(parents=True, exist_ok=True)
    settings = os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1",
                             "UBSAN_OPTIONS": "print_stacktrace=1"}
    return subprocess.run(
        [str(program), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
         "-print_final_stats=1", f"-artifact_prefix={BUILD}/{target}-", str(corpus),
         str(ROOT / "fuzz" / "corpus" / target)],
        check=False, capture_output=True, text=True, env=settings, timeout=seconds + 120)


@pytest.fixture(scope="module")
def runs(request, fuzz_seconds):
    """{target: its run, under way or still to come} of the targets that were chosen."""
    chosen = [item.callspec.params["target"] for item in request.session.items
              if item.module is request.module]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {target: pool.submit(run_target, target, fuzz_seconds) for target in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_breaks_a_target(target, runs, report):
    done = runs[target].result()
    assert done.returncode == 0, done.stderr[-8000:]
    counts = [line.split()[-1] for line in done.stderr.splitlines() if "executed_units" in line]
    report(f"fuzz: {target} {counts[0]} inputs")

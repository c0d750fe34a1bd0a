"""What recording asks of the system: no memory, and no call but a rare wake-up of the worker.

honeyhive_hot_path_probe counts allocations itself; system calls are counted by strace, between the
marks that the probe leaves around its phases.
"""
import json
import re
import shutil
import subprocess

import pytest

# One wake-up per 16 spans of 2.7 KB; of small spans, one per sealed chunk.
# An empty span takes about 104 bytes of a chunk of 64 KB.
SPANS_PER_WAKE_UP = {"calls-unpaced": 16, "calls-paced": 16,
                     "empty-unpaced": 600, "empty-paced": 600}

CALL = re.compile(r"(\d+) +(?:\d+\.\d+ +)?(.*)")
MARK = re.compile(r'\w*access\w*\(.*"([a-z-]+)-(begin|end)"')
# One byte to the end of the pipe, or of the socket pair, that libcurl polls; or a futex.
WAKE_UP = re.compile(r'(?:write\(\d+, |sendto\(\d+, )".{1,4}", 1\b|write\(\d+, ".*", 8\b'
                     r'|futex\(0x[0-9a-f]+, FUTEX_WAKE\w*,')
# Without ticks a span asks for the time, which is a system call under some clock sources.
ASKS_THE_TIME = re.compile(r"clock_gettime\(|gettimeofday\(")


@pytest.fixture(scope="module")
def probe(build_dir):
    cache = (build_dir / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
    if not {"CMAKE_BUILD_TYPE:STRING=Release", "HONEYHIVE_SANITIZE:STRING="} <= set(cache):
        pytest.skip("only a release build promises this")
    program = build_dir / "bin" / "honeyhive_hot_path_probe"
    assert program.is_file(), f"{program} is missing: run ./run build --all"
    return program


def run(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    report = json.loads(done.stdout)
    for name in ("dropped", "values_cut", "attributes_dropped"):
        assert report[name] == 0, f"the probe measured another path than it meant to: {name}"
    assert report["sent"] == report["ended"]
    return {phase["name"]: phase for phase in report["phases"]}, report["ticks"]


def calls_by_phase(trace):
    """The system calls of the marking thread, by the phase it was in."""
    calls, phase, marker = {}, None, None
    for line in trace.splitlines():
        thread, call = CALL.fullmatch(line).groups()
        mark = MARK.match(call)
        if mark:
            marker = thread
            phase = mark[1] if mark[2] == "begin" else None
            if phase:
                calls[phase] = []
        elif phase and thread == marker and not call.startswith("<... "):  # the rest of a call
            calls[phase].append(call)
    return calls


def test_recording_allocates_nothing(probe):
    phases, _ = run(probe)
    # One by malloc and one by new: the counter sees both.
    assert phases.pop("control-allocations")["allocations"] == 2
    phases.pop("control-flush")
    assert set(phases) == {*SPANS_PER_WAKE_UP, "starts-and-sets"}
    allocations = {name: phase["allocations"] for name, phase in phases.items()}
    assert allocations == dict.fromkeys(phases, 0)


@pytest.fixture(scope="module")
def traced(probe, tmp_path_factory):
    """What each phase recorded, and its system calls."""
    assert shutil.which("strace"), "strace is missing: run ./run setup"
    trial = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], check=False,
                           capture_output=True, text=True)
    if trial.returncode != 0 and re.search("ptrace|not permitted|seccomp", trial.stderr, re.I):
        pytest.skip(f"this machine allows no ptrace: {trial.stderr.strip().splitlines()[0]}")
    trace = tmp_path_factory.mktemp("hot_path") / "calls.txt"
    phases, has_ticks = run("strace", "-f", "-qq", "-o", trace, probe)
    calls = calls_by_phase(trace.read_text(encoding="utf-8", errors="replace"))
    if not has_ticks:
        calls = {phase: [call for call in made if not ASKS_THE_TIME.match(call)]
                 for phase, made in calls.items()}
    assert set(calls) == set(phases)
    assert any(WAKE_UP.match(call) for call in calls["control-flush"]), "no call was seen at all"
    return phases, calls


def test_starts_and_sets_make_no_system_call(traced):
    _, calls = traced
    assert calls["starts-and-sets"] == []


@pytest.mark.parametrize("phase", SPANS_PER_WAKE_UP)
def test_ends_make_no_system_call_but_rare_wake_ups(phase, traced, record_property):
    phases, calls = traced
    ends, made = phases[phase]["ends"], calls[phase]
    assert [call for call in made if not WAKE_UP.match(call)] == []
    record_property("wake_ups_per_1000_spans", round(1000 * len(made) / ends, 3))
    assert len(made) <= ends // SPANS_PER_WAKE_UP[phase]

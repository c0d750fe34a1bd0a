"""The newest published version of HoneyHive's SDK, tried like the pinned one.

What passes is printed, and what does not; nothing depends on it, for a new version may change what
it sends, and that is to be read, not to stop anybody's work.
"""
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "clients" / "newest"
TESTS = "tests/conformance/test_honeyhive_sdk.py"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                          capture_output=True, check=False, **options)


@pytest.fixture
def newest(report):
    """Its interpreter and version. Without pins: the newest is what it is today."""
    python = VENV / "bin" / "python"
    for command in ([sys.executable, "-m", "venv", "--clear", VENV],
                    [python, "-m", "pip", "install", "--only-binary", ":all:", "honeyhive"],
                    [python, "-c", "import honeyhive; print(honeyhive.__version__)"]):
        done = run(*command)
        if done.returncode:
            report("newest: HoneyHive's SDK could not be installed, so it was not tried")
            pytest.skip(done.stderr[-500:])
    return python, done.stdout.strip()


def test_the_newest_version_of_honeyhives_sdk_is_tried(newest, tmp_path, report):
    python, version = newest
    results = tmp_path / "results.xml"
    run(sys.executable, "-B", "-m", "pytest", "-q", TESTS, f"--junitxml={results}",
        env=os.environ | {"HONEYHIVE_CLIENT_PYTHON": str(python)})
    cases = list(xml.parse(results).getroot().iter("testcase"))
    broken = {case.get("name"): problem.get("message", "").split("\n")[0][:200]
              for case in cases for problem in (case.find("failure"), case.find("error"))
              if problem is not None}
    assert cases
    passed = len(cases) - len(broken)
    report(f"newest: HoneyHive's SDK {version} passes {passed} of {len(cases)} tests")
    for name, problem in broken.items():
        report(f"newest: {name}: {problem}")

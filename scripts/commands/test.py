"""usage: ./run test [--long] [--preset P] [-k PATTERN]

Builds and runs every test: unit and scenario tests by ctest; conformance, oracle, fault and
install tests by pytest against the real program. Ends with a summary.

  --long        the long versions: every kill, 10M spans, soak, valgrind (hours, not minutes)
  --preset P    release (default), dev, ci, asan or tsan
  -k PATTERN    only tests whose name matches (a regular expression for ctest, a word for pytest)
"""
import dataclasses
import os
import subprocess
import time
import xml.etree.ElementTree as xml

from commands import setup
from commands.console import Problem, bold, green, red, say
from commands.project import BUILD, ROOT, arguments_of, build, build_dir, environment, preset_of

PYTEST_TIERS = ["oracle", "conformance", "faults", "install", "perf"]
CORES = str(os.cpu_count() or 2)
NO_TESTS_MATCH = 5  # pytest's exit code


@dataclasses.dataclass
class Tier:
    name: str
    minutes: float
    passed: int = 0
    skipped: int = 0
    failed: list = dataclasses.field(default_factory=list)

    def line(self):
        counts = f"{self.passed} passed" if self.name != "build" else ""
        counts += (f", {self.skipped} skipped" if self.skipped else "")
        counts += f", {len(self.failed)} FAILED" if self.failed else ""
        mark = red("FAIL") if self.failed else green("ok  ")
        return f"  {mark}  {self.name:12} {self.minutes:5.1f} min   {counts}"


def read_report(name, file, started, exit_code):
    """Counts from a JUnit file; a run that failed without saying where is a failure."""
    tier = Tier(name, (time.monotonic() - started) / 60)
    cases = xml.parse(file).getroot().iter("testcase") if file.is_file() else []
    for case in cases:
        title = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        if case.find("failure") is not None or case.find("error") is not None:
            tier.failed.append(title)
        elif case.find("skipped") is not None:
            tier.skipped += 1
        else:
            tier.passed += 1
    if exit_code and not tier.failed:
        tier.failed.append(f"{name} ended with exit code {exit_code}")
    return tier


def run_ctest(preset, pattern, settings):
    report = build_dir(preset) / "ctest.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", str(build_dir(preset)), "--parallel", CORES,
               "--output-on-failure", "--output-junit", str(report), "--progress"]
    command += ["-R", pattern] if pattern else ["--no-tests=error"]
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode
    return read_report("ctest", report, started, code)


def run_pytest(tier, pattern, settings):
    report = BUILD / f"pytest-{tier}.xml"
    report.unlink(missing_ok=True)
    command = [str(setup.python()), "-B", "-m", "pytest", "-q", f"tests/{tier}",
               f"--junitxml={report}"]
    command += ["-k", pattern] if pattern else []
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode
    return read_report(tier, report, started, 0 if pattern and code == NO_TESTS_MATCH else code)


def main(argv):
    options = arguments_of(__doc__, argv, flags=["--long"], values=["--preset", "-k"])
    preset = preset_of(options["--preset"] or "release")
    setup.ensure("test")
    started = time.monotonic()
    build(preset)
    tiers = [Tier("build", (time.monotonic() - started) / 60)]

    settings = environment()
    settings["HONEYHIVE_BUILD_DIR"] = str(build_dir(preset))
    if options["--long"]:
        settings["HONEYHIVE_LONG"] = "1"
    say(bold("\nUnit and scenario tests"))
    tiers.append(run_ctest(preset, options["-k"], settings))
    for name in PYTEST_TIERS:
        say(bold(f"\nTests of {name}"))
        tiers.append(run_pytest(name, options["-k"], settings))

    say(bold("\nSummary"))
    for tier in tiers:
        say(tier.line())
    failed = [title for tier in tiers for title in tier.failed]
    for title in failed:
        say(red(f"  failed: {title}"))
    if not failed and not any(tier.passed for tier in tiers):
        raise Problem(f"no test matches {options['-k']!r}", "leave -k out to run all of them")
    total = sum(tier.minutes for tier in tiers)
    say(f"  {red('FAILED') if failed else green('all passed')} in {total:.1f} min")
    return 1 if failed else 0

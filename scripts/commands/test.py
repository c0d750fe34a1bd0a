"""usage: ./run test [--long] [--preset P] [-k PATTERN]

Builds and runs every test: unit and scenario tests by ctest; the others, such as oracle and
conformance, by pytest against the real program. Ends with a summary.

  --preset P    release (default), dev, ci, asan or tsan
  -k PATTERN    only tests whose name matches (a regular expression for ctest, a word for pytest)

  --long            the long versions too (hours, not minutes): every kill; the SDK's tests under
                    valgrind; a soak; ten million spans; each fuzz target; the newest version of
                    HoneyHive's SDK, whose results are printed and fail nothing
  --soak-seconds N  with --long: how long the soak takes; default 600
  --long-spans N    with --long: how many spans are sent; default 10000000
  --fuzz-seconds N  with --long: for each fuzz target; default 600
  --only TIER       one tier only: ctest, scripts, oracle, conformance, network, faults, install,
                    perf, or of the long ones memcheck, soak, volume, fuzz, newest
"""
import dataclasses
import os
import re
import subprocess
import time
import xml.etree.ElementTree as xml

from commands import setup
from commands.console import Problem, bold, green, red, say
from commands.project import BUILD, ROOT, arguments_of, build, build_dir, environment, preset_of

PYTEST_TIERS = {name: f"tests/{name}"
                for name in ("scripts", "oracle", "conformance", "network", "faults", "install",
                             "perf")}
LONG_TIERS = {name: f"tests/long/test_{name}.py"
              for name in ("memcheck", "soak", "volume", "fuzz", "newest")}
NUMBERS = ["--soak-seconds", "--long-spans", "--fuzz-seconds"]
CORES = str(os.cpu_count() or 2)
NO_TESTS_MATCH = 5  # pytest's exit code
# What the caller's environment tells the SDK, other exporters, the demo, the tests, HTTP clients.
FOREIGN = re.compile(r"(HH|OTEL|OPENAI|HONEYHIVE)_.*|.*_proxy|SSL_CERT_FILE", re.IGNORECASE)


@dataclasses.dataclass
class Tier:
    name: str
    minutes: float
    passed: int = 0
    skipped: int = 0
    failed: list = dataclasses.field(default_factory=list)
    reports: list = dataclasses.field(default_factory=list)

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
        tier.reports += [item.get("value") for item in case.iter("property")
                         if item.get("name") == "report"]
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


def run_pytest(tier, path, pattern, settings):
    report = BUILD / f"pytest-{tier}.xml"
    report.unlink(missing_ok=True)
    command = [str(setup.python()), "-B", "-m", "pytest", "-q", path,
               f"--junitxml={report}"]
    command += ["-k", pattern] if pattern else []
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode
    return read_report(tier, report, started, 0 if pattern and code == NO_TESTS_MATCH else code)


def settings_of(options, preset):
    """What the tests are told by their environment: nothing of what differs between users."""
    settings = {name: text for name, text in environment().items() if not FOREIGN.fullmatch(name)}
    settings["HONEYHIVE_BUILD_DIR"] = str(build_dir(preset))
    if options["--long"]:
        settings["HONEYHIVE_LONG"] = "1"
    for name in NUMBERS:
        text = options[name]
        if text is None:
            continue
        if not options["--long"]:
            raise Problem(f"{name} is for the long tests, which were not asked for",
                          f"./run test --long {name} {text}")
        if not text.isdigit() or int(text) == 0:
            raise Problem(f"{name} {text!r} is no number", f"for example {name} 60")
        settings["HONEYHIVE_" + name.strip("-").replace("-", "_").upper()] = text
    return settings


def chosen_tiers(options):
    tiers = ["ctest", *PYTEST_TIERS, *(LONG_TIERS if options["--long"] else [])]
    only = options["--only"]
    if only is None:
        return tiers
    if only not in tiers:
        raise Problem(f"there is no tier {only!r}", f"use one of {', '.join(tiers)}"
                      + ("" if options["--long"] else "; --long adds more"))
    return [only]


def show_summary(tiers):
    say(bold("\nSummary"))
    for tier in tiers:
        say(tier.line())
    for text in [text for tier in tiers for text in tier.reports]:
        say(f"  {text}")
    for title in [title for tier in tiers for title in tier.failed]:
        say(red(f"  failed: {title}"))


def main(argv):
    options = arguments_of(__doc__, argv, flags=["--long"],
                           values=["--preset", "-k", "--only", *NUMBERS])
    preset = preset_of(options["--preset"] or "release")
    settings, chosen, pattern = settings_of(options, preset), chosen_tiers(options), options["-k"]
    setup.ensure("clients" if "conformance" in chosen else "test")
    started = time.monotonic()
    build(preset)
    if "fuzz" in chosen:
        build("fuzz")
    tiers = [Tier("build", (time.monotonic() - started) / 60)]
    for name in chosen:
        say(bold("\nUnit and scenario tests" if name == "ctest" else f"\nTests of {name}"))
        if name == "ctest":
            tiers.append(run_ctest(preset, pattern, settings))
        else:
            path = (PYTEST_TIERS | LONG_TIERS)[name]
            tiers.append(run_pytest(name, path, pattern, settings))

    show_summary(tiers)
    failed = any(tier.failed for tier in tiers)
    if not failed and not any(tier.passed for tier in tiers):
        raise Problem(f"no test matches {pattern!r}", "leave -k out to run all of them")
    total = sum(tier.minutes for tier in tiers)
    say(f"  {red('FAILED') if failed else green('all passed')} in {total:.1f} min")
    return 1 if failed else 0

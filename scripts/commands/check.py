"""usage: ./run check [--all] [--no-tidy] [NAME ...]

Checks what a reviewer should not have to look at. NAME chooses: format, layers, environment, form,
headers, parity, notices, tidy.

  --all        clang-tidy on every file, not only on those changed lately and some that include
               a changed header
  --no-tidy    leave clang-tidy out
"""
import concurrent.futures
import os
import subprocess
import time

import check_env
import check_form
import check_headers
import check_layers
import check_parity
import notices
from commands import includes, setup
from commands.console import dim, green, red, say, seconds
from commands.project import ROOT, arguments_of, build, build_dir, configure, listed_files

RECENT_COMMITS = 20
MOST_SEEING = 40  # files whose own text did not change: a few minutes on two cores


def check_format():
    sources = listed_files("*.h", "*.cpp")
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *sources], cwd=ROOT,
                          check=False, capture_output=True, text=True)
    places = [line for line in done.stderr.splitlines() if "error:" in line]
    return places + (["run ./run format"] if done.returncode else [])


def check_notices():
    build("release", ["honeyhive", "honeyhive_program"])
    return notices.complaints()


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def changed_files():
    """Since the branch left origin/main; on main itself, in the last commits."""
    base = git("merge-base", "HEAD", "origin/main")
    if not base or base == git("rev-parse", "HEAD"):
        base = git("rev-list", f"--max-count={RECENT_COMMITS + 1}", "HEAD")[-1:]
    return set(git("diff", "--name-only", *base)) | set(git("ls-files", "-o", "--exclude-standard"))


def tidy_file(name):
    done = subprocess.run(["clang-tidy-14", "--quiet", "-p", str(build_dir("release")), name],
                          cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return []
    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    return found or [f"{name}: clang-tidy failed:\n{done.stdout}{done.stderr}"]


def touched(files):
    """Those of `files` that changed, and the nearest that see a changed header."""
    changed = changed_files()
    chosen = [name for name in files if name in changed]
    seeing = includes.sources_that_see_any(name for name in changed if name.endswith(".h"))
    more = [name for name in seeing if name in files and name not in chosen]
    left_out = len(more) - MOST_SEEING
    if left_out > 0:
        say(dim(f"      tidy leaves out {left_out} of the {len(more)} files that see a changed "
                "header; --all looks at them"))
    return chosen + more[:MOST_SEEING]


def check_tidy(everything):
    configure("release")
    built = (build_dir("release") / "compile_commands.json").read_text(encoding="utf-8")
    files = [name for name in listed_files("*.cpp") if f"{ROOT}/{name}" in built]
    if not everything:
        files = touched(files)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {text for texts in pool.map(tidy_file, files) for text in texts}
    return sorted(found)  # what stands in a header is found by each file that includes it


def main(argv):
    checks = {
        "format": check_format,
        "layers": lambda: list(check_layers.complaints()),
        "environment": check_env.complaints,
        "form": lambda: list(check_form.complaints()),
        "headers": check_headers.complaints,
        "parity": check_parity.complaints,
        "notices": check_notices,
        "tidy": None,
    }
    options = arguments_of(__doc__, argv, flags=["--all", "--no-tidy"], positional=len(checks))
    checks["tidy"] = lambda: check_tidy(options["--all"])
    chosen = options[""] or [name for name in checks if name != "tidy" or not options["--no-tidy"]]
    setup.ensure("test")
    failed = 0
    for name in chosen:
        started = time.monotonic()
        complaints = checks[name]() if name in checks else [f"there is no check {name!r}"]
        mark = red("FAIL") if complaints else green("ok  ")
        say(f"{mark}  {name:12} {dim(seconds(started))}")
        for text in complaints:
            say(f"      {text}")
        failed += bool(complaints)
    return 1 if failed else 0

"""What ./run prints, and how it fails: colours on a terminal only, one line per step."""
import os
import signal
import subprocess
import sys
import time

TERMINAL = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ


class Problem(Exception):
    """Something the reader has to know: what went wrong, and what to do about it."""

    def __init__(self, what, fix=""):
        super().__init__(what)
        self.what = what
        self.fix = fix


def colour(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if TERMINAL else text


def bold(text):
    return colour("1", text)


def dim(text):
    return colour("2", text)


def green(text):
    return colour("32", text)


def red(text):
    return colour("31", text)


def say(text=""):
    print(text, flush=True)


def show_problem(problem):
    print(f"\n{red('error:')} {problem.what}", file=sys.stderr)
    if problem.fix:
        print(f"{bold('what to do:')} {problem.fix}", file=sys.stderr)


def seconds(start):
    return f"{time.monotonic() - start:.1f} s"


def end_on_signals():
    """SIGTERM and SIGHUP end ./run as Ctrl-C does: what it has started is stopped first."""
    def end(number, _):
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish counts
            signal.signal(number, end)


def step(what, command, log, fix="", **options):
    """Runs `command` with its output in the file `log`, shown only if it fails."""
    start = time.monotonic()
    say(f"{what} ...")
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", encoding="utf-8") as out:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]
        raise Problem(f"{what} failed (exit code {done.returncode}):\n" + "\n".join(tail),
                      fix or f"the whole output is in {log}")
    say(dim(f"  done in {seconds(start)}"))

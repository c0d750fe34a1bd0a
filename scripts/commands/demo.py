"""usage: ./run demo [--once]

Builds, starts a server on a free port with a data folder of its own (build/demo-data), traces a
real C++ program with it, and shows the trace. The server stays until Ctrl-C.

  --once    end when the trace has been shown

The program answers questions about this project's documents. It asks an OpenAI-compatible model
where OPENAI_BASE_URL is set (OPENAI_API_KEY and OPENAI_MODEL as usual); otherwise it quotes the
sentence that fits best, and says so.
"""
import os
import shlex
import subprocess

from commands import setup
from commands.console import TERMINAL, Problem, bold, dim, green, say
from commands.project import BUILD, ROOT, arguments_of, build, program
from commands.server import Server

DATA = BUILD / "demo-data"


def run_demo(server):
    """Runs the traced program; returns the ids it wrote, as (kind, id) pairs in order."""
    ids = BUILD / "demo-ids.txt"
    ids.unlink(missing_ok=True)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("HH_")}
    settings["HH_API_URL"] = server.url
    done = subprocess.run([str(program("release", "honeyhive_demo")), "--ids", str(ids)], cwd=ROOT,
                          env=settings, check=False)
    if done.returncode:
        raise Problem(f"the demo program ended with exit code {done.returncode}",
                      f"its own words are above; the server's are in {server.log}")
    pairs = [tuple(line.split(" ", 1)) for line in ids.read_text().splitlines()]
    if not any(kind == "trace" for kind, _ in pairs):
        raise Problem("the demo program named no trace", f"the server's log is {server.log}")
    return pairs


def over_the_data(*arguments):
    """A command of the program, from where the reader is."""
    return [os.path.relpath(program("release")), *arguments, "--data", os.path.relpath(DATA)]


def show(trace):
    command = over_the_data("show", trace)
    say(bold(f"$ {shlex.join(command)}"))
    if subprocess.run(command, check=False).returncode:
        raise Problem("the trace could not be shown", f"by hand: {shlex.join(command)}")


def print_commands(pairs, is_over):
    last = dict(pairs)  # of each kind
    commands = [(["serve"], "start the server again: this one ends now")] if is_over else []
    commands += [(["traces"], "list all traces")]
    commands += [(["show", last[kind]], f"show this {kind}") for kind in sorted(last, reverse=True)]
    commands += [(["tail"], "watch spans arrive")]
    say(bold("Go on with"))
    for arguments, what in commands:
        say(f"  {dim('# ' + what)}\n  {shlex.join(over_the_data(*arguments))}")


def stay(server):
    try:
        say(f"\n{green('The server is running')} at {server.url}; Ctrl-C ends it.")
        if TERMINAL:
            say(dim(f"Trace your own program: HH_API_URL={server.url} ./your_program"))
        server.process.wait()
    except KeyboardInterrupt:
        say("\nStopping the server ...")
        return
    raise Problem(f"the server ended by itself:\n{server.last_words()}", f"its log is {server.log}")


def main(argv):
    options = arguments_of(__doc__, argv, flags=["--once"])
    setup.ensure("build")
    build("release", ["honeyhive_program", "honeyhive_demo"])
    server = Server(program("release"), DATA, BUILD / "demo-server.log").start()
    try:
        say(dim(f"server: {server.url}, data: {shlex.quote(os.path.relpath(DATA))}") + "\n")
        pairs = run_demo(server)
        say()
        show(next(value for kind, value in reversed(pairs) if kind == "trace"))
        say()
        print_commands(pairs, options["--once"])
        if not options["--once"]:
            stay(server)
    finally:
        server.stop()
    return 0

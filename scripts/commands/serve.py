"""usage: ./run serve [arguments of honeyhive serve]

Builds the program, then becomes `build/release/bin/honeyhive serve` with the arguments as given.
`./run serve -- --help` shows what those are.
"""
import os

from commands import setup
from commands.console import dim, say
from commands.project import build, program


def main(argv):
    if argv[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    setup.ensure("build")
    build("release", ["honeyhive_program"])
    command = [str(program("release")), "serve", *(argv[1:] if argv[:1] == ["--"] else argv)]
    say(dim(" ".join(command)))
    os.execv(command[0], command)

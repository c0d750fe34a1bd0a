"""usage: ./run bench [--json FILE] [names]

Builds the release preset and measures. Prints a table; with --json FILE also writes an array of
{name, value, unit, instructions, peer, peer_value, ratio, ticks}. Names, such as span_empty or
pipeline_1m_a, choose rows; without any, all are measured.
"""
import os
import subprocess

from commands import setup
from commands.project import build, program


def main(argv):
    if "-h" in argv or "--help" in argv:
        print(__doc__.strip())
        return 0
    setup.ensure("test")  # valgrind counts the instructions
    build("release", ["honeyhive_program", "honeyhive_bench"])
    return subprocess.run([str(program("release", "honeyhive_bench")), *argv], check=False,
                          cwd=os.getcwd()).returncode

"""usage: ./run format

Formats every C++ source of the project in place, as .clang-format says.
"""
import subprocess

from commands import setup
from commands.console import say
from commands.project import ROOT, arguments_of, listed_files


def main(argv):
    arguments_of(__doc__, argv)
    setup.ensure("test")
    files = listed_files("*.h", "*.cpp")
    subprocess.run(["clang-format-14", "-i", *files], cwd=ROOT, check=True)
    say(f"formatted {len(files)} files")
    return 0

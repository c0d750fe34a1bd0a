"""usage: ./run format

Formats every C++ source of the project in place, as .clang-format says.
"""
import subprocess

from commands import setup
from commands.console import say
from commands.project import ROOT, arguments_of


def sources():
    """C++ files of the project: tracked, or new and not ignored."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cpp"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return [name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def main(argv):
    arguments_of(__doc__, argv)
    setup.ensure("test")
    files = sources()
    subprocess.run(["clang-format-14", "-i", *files], cwd=ROOT, check=True)
    say(f"formatted {len(files)} files")
    return 0

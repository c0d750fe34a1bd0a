"""./run check looks where a change can do harm, and says what it cannot do."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_outside_of_a_git_work_tree_it_says_so():
    done = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "check_form.py"], check=False,
                          env=os.environ | {"GIT_DIR": "/nonexistent"}, text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert "work in a clone of the repository" in done.stdout
    assert done.stderr == ""

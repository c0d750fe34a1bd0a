"""./run check looks where a change can do harm, and says what it cannot do."""
import os
import pathlib
import subprocess
import sys

import pytest

import check_env
from commands import check, includes

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_outside_of_a_git_work_tree_it_says_so():
    done = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "check_form.py"], check=False,
                          env=os.environ | {"GIT_DIR": "/nonexistent"}, text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert "work in a clone of the repository" in done.stdout
    assert done.stderr == ""


def test_a_changed_header_brings_the_sources_that_see_it_nearest_first():
    seeing = includes.sources_that_see_any(["src/server/http/token.h"])
    assert seeing[0] == "src/server/http/token.cpp"
    assert {"src/server/serve.cpp", "tests/unit/server/http/token_test.cpp"} <= set(seeing)
    through_another = includes.sources_that_see_any(["src/core/inline.h"])
    assert "src/sdk/tracer.cpp" in through_another
    assert "tests/faults/hot_path_probe.cpp" in includes.sources_that_see_any(["bench/workload.h"])


def test_tidy_looks_at_changed_sources_and_at_some_that_see_a_changed_header(monkeypatch, capsys):
    headers = check.listed_files("src/*.h")
    monkeypatch.setattr(check, "changed_files", lambda: {*headers, "src/core/hex.cpp"})
    files = check.listed_files("*.cpp")
    chosen = check.touched(files)
    assert chosen[0] == "src/core/hex.cpp"
    assert len(chosen) == len(set(chosen)) == 1 + check.MOST_SEEING
    assert chosen == check.touched(files)
    assert "tidy leaves out" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["TERM", "LC_CTYPE", "XDG_DATA_HOME", "no_proxy"])
def test_a_variable_that_a_program_reads_must_be_documented(name, monkeypatch, tmp_path):
    assert check_env.complaints() == []
    document = tmp_path / "configuration.md"
    text = check_env.DOCUMENT.read_text(encoding="utf-8")
    document.write_text(text.replace(name, "WITHHELD"), encoding="utf-8")
    monkeypatch.setattr(check_env, "DOCUMENT", document)
    assert [text for text in check_env.complaints() if f"reads {name}:" in text]


@pytest.mark.parametrize("wrong", [
    ("| `source` | text | `dev` |", "| `sauce` | text | `dev` |"),
    ("`HH_API_URL`, `HH_SERVER_URL` |", "`HH_SERVER_URL`, `HH_API_URL` |"),
    ("| `run_id` | text | none | text | `HH_RUN_ID` |\n", "")])
def test_the_table_of_fields_is_that_of_the_header(wrong, monkeypatch, tmp_path):
    document = tmp_path / "configuration.md"
    text = check_env.DOCUMENT.read_text(encoding="utf-8")
    assert text.count(wrong[0]) == 1
    document.write_text(text.replace(*wrong), encoding="utf-8")
    monkeypatch.setattr(check_env, "DOCUMENT", document)
    complaints = [text for text in check_env.complaints() if "table of TracerConfig's" in text]
    assert len(complaints) == 1

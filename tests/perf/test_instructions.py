"""The hot path costs what bench/budgets.json allows: instructions, because they repeat to within
1 % on any machine, as nanoseconds do not.

A row fails above its limit, which is a promise, and at more than 5 % above its recorded count.
After an improvement, write the new count there: `honeyhive_bench --instructions` prints it.
"""
import json
import pathlib
import shutil
import subprocess

import pytest

BUDGETS = pathlib.Path(__file__).resolve().parents[2] / "bench" / "budgets.json"


@pytest.fixture(scope="module")
def budgets():
    return json.loads(BUDGETS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def counts(build_dir, budgets, tmp_path_factory):
    program = build_dir / "bin" / "honeyhive_bench"
    cache = (build_dir / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
    if not {"CMAKE_BUILD_TYPE:STRING=Release", "HONEYHIVE_SANITIZE:STRING="} <= set(cache):
        pytest.skip("only a release build has a budget")
    assert program.is_file(), f"{program} is missing: run ./run build --all"
    assert shutil.which("valgrind"), "valgrind is missing: run ./run setup"
    report = tmp_path_factory.mktemp("counts") / "counts.json"
    subprocess.run([program, "--instructions", "--json", report, *budgets["rows"]], check=True,
                   timeout=300)
    rows = json.loads(report.read_text(encoding="utf-8"))
    return {row["name"]: row["instructions"] for row in rows}


@pytest.mark.parametrize("row", json.loads(BUDGETS.read_text(encoding="utf-8"))["rows"])
def test_a_row_stays_within_its_budget(row, counts, budgets):
    budget, count = budgets["rows"][row], counts[row]
    assert count > 0, "nothing was counted"
    assert count <= budget.get("limit", count), f"{row}: {count:.0f} is above the promised limit"
    allowed = budget["recorded"] * (1 + budgets["tolerance"])
    assert count <= allowed, f"{row}: {count:.0f}, but {budget['recorded']} was recorded"

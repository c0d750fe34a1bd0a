"""What the tests install is pinned by hashes, and nothing says where it is downloaded from."""
import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "conformance" / "clients"
REQUIREMENTS = [ROOT / "tests" / "requirements.txt", ROOT / "scripts" / "pin_python.txt",
                CLIENTS / "python" / "requirements.txt"]


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_python_package_has_a_version_and_hashes(file):
    text = file.read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.sub(r"^ *#.*\n", "", text, flags=re.M).replace("\\\n", "").splitlines()
    entries = [entry for entry in entries if entry.strip()]
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==[\w.]+(\s+--hash=sha256:[0-9a-f]{64})+\s*", entry), entry


def test_every_javascript_package_has_a_version_and_a_hash():
    text = (CLIENTS / "node" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = packages.pop("")["dependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
    assert {f"node_modules/{name}" for name in wanted} <= set(packages)
    for name, package in packages.items():
        assert re.fullmatch(r"sha512-[\w+/=]{88}", package["integrity"]), name
        assert "resolved" not in package, name


def test_every_go_module_has_a_hash():
    required = re.findall(r"^\s+(\S+) (v\S+)", (CLIENTS / "go" / "go.mod").read_text(), re.M)
    sums = (CLIENTS / "go" / "go.sum").read_text()
    assert len(required) > 4
    for module, version in required:
        assert f"{module} {version} h1:" in sums

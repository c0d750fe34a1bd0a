#!/usr/bin/env python3
"""Fails on files that are too long, files that docs/architecture.md does not name, commands that a
document promises and ./run lacks, and words that have no place in the project: hosts of package
registries and paths of somebody's machine."""
import pathlib
import re
import sys

from commands.console import Problem
from commands.project import listed_files

ROOT = pathlib.Path(__file__).resolve().parent.parent

HEADER_LINES = 150  # include/honeyhive is exempt: those headers are the documentation
SOURCE_LINES = 400
COLUMNS = 100
TEXT = {".h", ".cpp", ".c", ".py", ".sh", ".md", ".txt", ".in", ".cmake", ".json", ".ts", ".yml",
        ".toml", ".ini", ""}
FORBIDDEN = re.compile(r"(pypi|pythonhosted|registry\.npmjs|proxy\.golang)\.org"
                       r"|(static|index)\.crates\.io|(?<![\w.~])/(home|root|work)/")


def too_long(name, text):
    lines = text.count("\n")
    if name.endswith(".h") and not name.startswith("include/"):
        limit = SOURCE_LINES if name.startswith("tests/") else HEADER_LINES
    elif name.endswith((".cpp", ".py")) or name == "run":
        limit = SOURCE_LINES
    else:
        return []
    return [f"{name}: {lines} lines, more than {limit}: split it"] if lines > limit else []


def too_wide(name, text):
    """Of Python; C++ is clang-format's."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > COLUMNS and (name.endswith(".py") or name == "run"):
            yield f"{name}:{number}: {len(line)} columns, more than {COLUMNS}"


def forbidden_words(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = FORBIDDEN.search(line)
        if match:
            yield f"{name}:{number}: the text {match.group(0)!r} has no place in the project"


def unknown_commands():
    commands = set(re.findall(r'^    "(\w+)": "', (ROOT / "run").read_text(encoding="utf-8"), re.M))
    for name in listed_files("*.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for command in sorted(set(re.findall(r"\./run (\w+)", text)) - commands):
            yield f"{name}: ./run has no command {command!r}"


def unnamed_files():
    """Each folder of code has a section in the architecture, which names each of its files."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `([\w./]+)/`(.*?)(?=^##|\Z)", text, re.M | re.S))
    paths = [pathlib.PurePath(name) for name in listed_files()]
    code = [path for path in paths
            if path.parts[0] in ("src", "include") and path.name != "CMakeLists.txt"]
    for folder in sorted({str(path.parent) for path in code} - set(sections)):
        yield f"docs/architecture.md has no section `{folder}/`"
    for path in code:
        rows = re.findall(r"^\|.*$", sections.get(str(path.parent), ""), re.M)
        words = re.findall(r"`([\w.]+)`", "".join(rows))
        if path.stem not in words and path.name not in words:
            yield f"docs/architecture.md does not name {path}"
    for folder, section in sections.items():
        named = {name for row in re.findall(r"^\| (`.*?) \|", section, re.M)
                 for name in re.findall(r"`([\w.]+)`", row)}
        for name in sorted(named):
            if not list((ROOT / folder).glob(name if "." in name else f"{name}.*")):
                yield f"docs/architecture.md names {folder}/{name}, which is not there"


def complaints():
    for name in listed_files():
        if pathlib.PurePath(name).suffix in TEXT:
            text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
            yield from too_long(name, text)
            yield from too_wide(name, text)
            yield from forbidden_words(name, text)
    yield from unnamed_files()
    yield from unknown_commands()


def main():
    try:
        found = list(complaints())
    except Problem as problem:
        found = [f"{problem.what}; {problem.fix}"]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

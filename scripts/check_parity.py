#!/usr/bin/env python3
"""Every row of docs/parity.md names a test that exists, and no row is missing.

A test is a TEST_CASE of C++, which ctest runs one by one, under its name; it must stand in a file
that a CMakeLists.txt beside it builds.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "parity.md"
# Those that need a decorator or a coroutine come with them.
ROWS = set(range(87, 171)) - {134, 147, 148, 149, 168}

ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
NAMED = re.compile(r'"([^"]+)"')
CASE = re.compile(r'TEST_CASE(?:_FIXTURE)?\((?:\w+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)')
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')


def tests():
    """The names of all tests that are built."""
    names = set()
    for lists in (ROOT / "tests").rglob("CMakeLists.txt"):
        built = lists.read_text(encoding="utf-8")
        for source in lists.parent.glob("*_test.cpp"):
            if source.name not in built:
                continue
            for pieces in CASE.findall(source.read_text(encoding="utf-8")):
                names.add("".join(PIECE.findall(pieces)))
    return names


def complaints():
    return [f"docs/parity.md: {fault}" for fault in faults()]


def faults():
    known = tests()
    seen = set()
    for number, cells in ROW.findall(DOCUMENT.read_text(encoding="utf-8")):
        row = int(number)
        if row in seen:
            yield f"row {row} is there twice"
        seen.add(row)
        named = NAMED.findall(cells)
        if not named:
            yield f"row {row} names no test"
        for name in named:
            if name not in known:
                yield f'row {row}: there is no test "{name}"'
    for row in sorted(ROWS - seen):
        yield f"row {row} is missing"
    for row in sorted(seen - ROWS):
        yield f"row {row} is not one of the list's"


def main():
    found = complaints()
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Each public header compiles alone, without a warning, with both compilers.

Headers in include/honeyhive/detail are parts of the one that includes them.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILERS = ["g++", "clang++-14"]
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
         "-Wshadow", "-Werror", "-I", str(ROOT / "include"), "-x", "c++", "-"]


def first_lines(text):
    return "\n".join(text.splitlines()[:12])


def compile_alone(job):
    compiler, header = job
    name = header.relative_to(ROOT / "include")
    program = f"#include <{name}>\n#include <{name}>\nint main() {{}}\n"
    done = subprocess.run([compiler, *FLAGS], input=program,
                          text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return None
    return f"{compiler}: {name} does not compile alone:\n{first_lines(done.stderr)}"


def complaints():
    headers = sorted((ROOT / "include").rglob("*.h"))
    headers = [header for header in headers if header.parent.name != "detail"]
    if not headers:
        return ["include/ has no headers"]
    jobs = [(compiler, header) for compiler in COMPILERS for header in headers]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [text for text in pool.map(compile_alone, jobs) if text]


if __name__ == "__main__":
    found = complaints()
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)

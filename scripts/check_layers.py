#!/usr/bin/env python3
"""Fails when a file includes what its layer may not see. The two tables are the architecture.

Layers: the folders of src/, the public headers, and the programs around them. Libraries: each is
confined to the files that are named here; one that is not named may not be used at all.
"""
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
API = "include/honeyhive"

# layer -> layers it may include besides itself; longest matching folder wins
LAYERS = {
    API: set(),
    "src/core": set(),
    "src/otlp": {"src/core"},
    "src/net": {"src/core"},
    "src/sdk": {"src/core", "src/otlp", "src/net", API},
    "src/server/http": {"src/core"},
    "src/server/store": {"src/core", "src/otlp", "src/net"},
    "src/server/ingest": {"src/core", "src/otlp", "src/server/http", "src/server/store"},
    "src/server/query": {"src/core", "src/otlp", "src/server/http", "src/server/store"},
    "src/server": {"*"},  # wiring
    "src/cli": {"*"},
    "demo": {API},
    "examples": {API},  # later
    "tests/install": {API},
}

# library -> files that may include it
LIBRARIES = {
    "curl/": ["src/net/curl_transfer.*", "src/net/http_client_curl.cpp",
              "demo/chat_answerer.cpp"],
    "boost/": ["src/server/http/connection.cpp", "src/server/http/listener_core.h"],
    "sqlite3.h": ["src/server/store/*"],
    "protozero/": ["src/otlp/decode*", "src/server/store/*codec*", "src/server/ingest/*.cpp"],
    "nlohmann/": ["src/server/ingest/*.cpp", "src/server/query/*.cpp", "src/cli/*.cpp",
                  "demo/chat_answerer.cpp"],
    "CLI/": ["src/server/main.cpp"],
    "zlib.h": ["src/sdk/deliver/gzip.cpp"],
    "libdeflate.h": ["src/server/*"],
    "zstd.h": ["src/server/store/*"],
    "doctest/": ["tests/*"],
    "valgrind/": ["bench/*"],
    "opentelemetry/": ["bench/*"],
}
# The tests and the benchmarks may speak to a library directly, to be independent of ours.
EVERYWHERE = ["tests/*", "bench/*", "fuzz/*"]
SYSTEM = re.compile(r"[a-z_0-9]+|c?[a-z_0-9]+\.h|(sys|linux|netinet|arpa|net|bits)/.*|sanitizer/.*")
NOT_SYSTEM = {name for name in LIBRARIES if name.endswith(".h")}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    for name in sorted(LAYERS, key=len, reverse=True):
        if path.startswith(name + "/"):
            return name
    return None


def target_of(file, quoted):
    """The file of the project that an include names, or None."""
    for folder in ((ROOT / file).parent, ROOT, ROOT / "src", ROOT / "include", ROOT / "tests",
                   ROOT / "bench"):
        candidate = (folder / quoted).resolve()
        if candidate.is_file() and ROOT in candidate.parents:
            return str(candidate.relative_to(ROOT))
    return None


def includes_of(file, text):
    """The files of the project that `file` includes."""
    named = [match.group(2) for match in map(INCLUDE.match, text.splitlines()) if match]
    return {target for target in (target_of(file, name) for name in named) if target}


def check_library(file, name):
    library = next((key for key in LIBRARIES if name == key or name.startswith(key)), None)
    if library is None:
        if SYSTEM.fullmatch(name) and name not in NOT_SYSTEM:
            return None
        return f"<{name}> belongs to no library that scripts/check_layers.py knows"
    if any(fnmatch.fnmatch(file, pattern) for pattern in LIBRARIES[library] + EVERYWHERE):
        return None
    return f"<{name}> is confined to {', '.join(LIBRARIES[library])}"


def check_include(file, style, name):
    target = target_of(file, name) if style == '"' or name.startswith("honeyhive/") else None
    if target is None:
        return check_library(file, name)
    here, there = layer_of(file), layer_of(target)
    if here is None or here == there or "*" in LAYERS[here] or there in LAYERS[here]:
        return None
    return f"{here} may not include {name} ({there or 'no layer'})"


def check_file(file, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        complaint = match and check_include(file, match.group(1), match.group(2))
        if complaint:
            yield f"{file}:{number}: {complaint}"


def missing_files():
    """A file that is gone would let another one of its name include the library unseen."""
    for library, patterns in LIBRARIES.items():
        for pattern in patterns:
            if not list(ROOT.glob(pattern)):
                yield f"scripts/check_layers.py confines {library} to {pattern}, which is not there"


def complaints():
    yield from missing_files()
    folders = ["include", "src", "demo", "examples", "tests", "bench", "fuzz"]
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".c"):
                yield from check_file(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)

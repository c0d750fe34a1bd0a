#!/usr/bin/env python3
"""Writes or checks THIRD_PARTY_NOTICES.md: what our binaries contain or need, and its licences.

usage: scripts/notices.py [--write]

Nothing here is from memory. Which files were compiled in and which libraries were linked is read
from the release build (Ninja's recorded dependencies and link lines), to which package a file
belongs and its licence text come from Debian. What the packages may be is the table below: one that
is not in it fails, and so does a licence that does not allow static linking into Apache-2.0 work.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
OUTPUT = ROOT / "THIRD_PARTY_NOTICES.md"
PRODUCTS = ["bin/honeyhive", "lib*/libhoneyhive.*", "libhoneyhive.*", "src/sdk/libhoneyhive.*"]

# Debian package (a prefix) -> (name, licence). GPL and AGPL never get into this table.
PACKAGES = {
    "libboost": ("Boost (Asio, Beast and what they include)", "BSL-1.0"),
    "libcli11-dev": ("CLI11", "BSD-3-Clause"),
    "libcurl4": ("curl", "curl"),
    "libdeflate": ("libdeflate", "MIT"),
    "libprotozero-dev": ("protozero", "BSD-2-Clause"),
    "libsqlite3": ("SQLite", "public domain"),
    "libzstd": ("Zstandard", "BSD-3-Clause"),
    "nlohmann-json3-dev": ("JSON for Modern C++", "MIT"),
    "zlib1g": ("zlib", "Zlib"),
}
# The platform itself: linked dynamically, or under the GCC runtime library exception.
PLATFORM = re.compile(
    r"libc6|linux-libc-dev|libstdc\+\+|libgcc|gcc-|lib(gcc|stdc\+\+)-\d+-dev|libcrypt")
MOST_LINES = 1000  # of one library's notices
STATIC_ALLOWED = {"BSL-1.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "Zlib", "public domain", "curl"}


def run(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=BUILD)
    return done.stdout


def products():
    return sorted({path.relative_to(BUILD) for pattern in PRODUCTS for path in BUILD.glob(pattern)})


def inputs_of(product):
    """Object files and libraries that Ninja links into the product, archives of ours opened."""
    text = run("ninja", "-t", "commands", "-s", str(product))
    words = re.findall(r"\S+\.(?:o|a|so(?:\.[\d.]+)?)(?=\s|$)", text)
    return {word for word in words if not word.endswith(str(product))}


def compiled_headers(objects):
    """Every file outside the project that one of the objects was compiled from."""
    found, wanted = set(), False
    for line in run("ninja", "-t", "deps").splitlines():
        if line and not line.startswith(" "):
            wanted = line.split(":", 1)[0] in objects
        elif wanted and line.strip().startswith("/") and str(ROOT) not in line:
            found.add(line.strip())
    return found


def owners_of(paths):
    """{path: packages} of the paths that Debian's package manager knows."""
    found = {}
    for start in range(0, len(paths), 500):
        done = subprocess.run(["dpkg-query", "--search", *paths[start:start + 500]], check=False,
                              capture_output=True, text=True)
        for line in done.stdout.splitlines():
            names, _, path = line.rpartition(": ")
            found[path] = {name.strip().split(":")[0] for name in names.split(",")}
    return found


def packages_of(paths):
    """Debian packages that own the files, the platform's left out."""
    real = sorted({str(pathlib.Path(path).resolve()) for path in paths})
    found = owners_of(real)
    lost = [path for path in real if path not in found]
    # /lib is a link to /usr/lib, and some packages still name their files by it.
    found |= owners_of([path.removeprefix("/usr") for path in lost])
    unknown = [path for path in lost if path.removeprefix("/usr") not in found]
    if unknown:
        raise ValueError(f"no package owns {', '.join(unknown)}")
    return {name for names in found.values() for name in names if not PLATFORM.match(name)}


def known(package):
    for prefix, row in PACKAGES.items():
        if package.startswith(prefix):
            return row
    raise ValueError(f"package {package} is compiled in or linked, but not in scripts/notices.py")


def survey():
    """{(name, licence): (Debian packages, is anything of it inside our binaries)}"""
    inside, needed = set(), set()
    for product in products():
        inputs = inputs_of(product)
        system = {word for word in inputs if word.startswith("/")}
        inside |= packages_of({word for word in system if word.endswith(".a")}
                              | compiled_headers(inputs))
        needed |= packages_of({word for word in system if ".so" in word})
    # A library that is linked dynamically shows its headers too: they are interfaces, not contents.
    names_needed = {known(package) for package in needed}
    result = {}
    for package in sorted(inside | needed):
        row = known(package)
        packages, is_inside = result.get(row, (set(), False))
        result[row] = (packages | {package}, is_inside or row not in names_needed)
    return result


def paragraphs_that_matter(text, licence):
    """Of a Debian copyright file: not the packaging's own, not the texts of a licence not taken."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        heads = re.findall(r"^License:\s*(\S.*)$", paragraph, re.M)
        taken = not heads or not all(re.match(r"[AL]?GPL", head) for head in heads)
        if taken and not re.match(r"Files:\s*debian/|Format:", paragraph):
            found.append(paragraph)
    if sum(paragraph.count("\n") for paragraph in found) > MOST_LINES:
        # Boost names every file's authors; its licence asks for that in copies of the source only.
        found = [paragraph for paragraph in found if paragraph.startswith(f"License: {licence}\n")]
    return "\n\n".join(found)


def licence_text(packages, licence):
    for package in sorted(packages):
        file = pathlib.Path("/usr/share/doc") / package / "copyright"
        text = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
        text = paragraphs_that_matter(text, licence)
        if text:
            return "\n".join(line.rstrip() for line in text.splitlines())
    raise ValueError(f"no licence text under /usr/share/doc for {', '.join(sorted(packages))}")


def document():
    found = survey()
    lines = ["# Third-party notices", "",
             "Generated by `scripts/notices.py --write` from the release build.",
             "The texts are those of the Debian packages.", "",
             "| library | licence | how |", "| --- | --- | --- |"]
    for (name, licence), (_, is_inside) in sorted(found.items()):
        if is_inside and licence not in STATIC_ALLOWED:
            raise ValueError(f"{name}: {licence} may not be compiled in")
        lines.append(
            f"| {name} | {licence} | {'compiled in' if is_inside else 'linked dynamically'} |")
    for (name, licence), (packages, is_inside) in sorted(found.items()):
        if is_inside:
            lines += ["", f"## {name}", "", "````text", licence_text(packages, licence), "````"]
    return "\n".join(lines) + "\n"


def complaints():
    if not products():
        return ["no release build to read: run ./run build first"]
    try:
        text = document()
    except ValueError as error:
        return [str(error)]
    if not OUTPUT.is_file() or OUTPUT.read_text(encoding="utf-8") != text:
        return [f"{OUTPUT.name} is out of date: run scripts/notices.py --write"]
    return []


def main():
    if "--write" in sys.argv[1:]:
        OUTPUT.write_text(document(), encoding="utf-8")
    found = complaints()
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

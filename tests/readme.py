"""What README.md tells its reader to type, for the tests that type it."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
ADDRESS = "http://127.0.0.1:4318"  # where `./run serve` listens


def blocks(heading, server):
    """{language: the blocks of a section in their order}, pointed at `server`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", text, re.M | re.S).group(1)
    found = {}
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", section, re.M | re.S):
        found.setdefault(language, []).append(block.replace(ADDRESS, server.url))
    return found

"""Which sources see a header: those that include it, directly or through other headers."""
import collections
import itertools
import pathlib

from check_layers import includes_of
from commands.project import ROOT, listed_files


def read_includers():
    """{file: the files that include it}"""
    includers = collections.defaultdict(set)
    for name in listed_files("*.h", "*.cpp"):
        for included in includes_of(name, (ROOT / name).read_text(encoding="utf-8")):
            includers[included].add(name)
    return includers


def sources_that_see(header, includers):
    """Nearest first, its own source before the others of the same distance."""
    distance, level = {header: 0}, [header]
    while level:
        level = sorted({name for file in level for name in includers[file]} - set(distance))
        distance |= dict.fromkeys(level, max(distance.values()) + 1)
    stem = pathlib.PurePath(header).stem
    return sorted((name for name in distance if name.endswith(".cpp")),
                  key=lambda name: (distance[name], pathlib.PurePath(name).stem != stem, name))


def sources_that_see_any(headers):
    """Each header's nearest, then each one's second, ...: a part from the front covers all."""
    includers = read_includers()
    rows = [sources_that_see(header, includers) for header in sorted(headers)]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*rows))
    return [name for name in dict.fromkeys(turns) if name]

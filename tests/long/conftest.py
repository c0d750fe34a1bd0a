"""What the long tests are asked for; they run by ./run test --long only."""
import os

import pytest

from conftest import Client
from long.process import Load

HERE = os.path.dirname(__file__)
PAGE = 1000


def pytest_collection_modifyitems(items):
    if "HONEYHIVE_LONG" in os.environ:
        return
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.skip(reason="runs by ./run test --long"))


def number(name, otherwise):
    return int(os.environ.get(f"HONEYHIVE_{name}", otherwise))


@pytest.fixture
def soak_seconds():
    return number("SOAK_SECONDS", 600)


@pytest.fixture(scope="session")
def fuzz_seconds():
    return number("FUZZ_SECONDS", 600)


@pytest.fixture
def long_spans():
    return number("LONG_SPANS", 10_000_000)


@pytest.fixture
def report(record_property):
    """Figures for the summary of ./run test."""
    def tell(text):
        record_property("report", text)
        print(text)
    return tell


@pytest.fixture
def start_load(build_dir):
    """A function that starts honeyhive_load; what still runs at the end is killed."""
    loads = []

    def start(server, threads, traces, rate):
        load = Load(build_dir / "bin" / "honeyhive_load", server.url, threads, traces, rate)
        loads.append(load)
        return load

    yield start
    for load in loads:
        load.kill()


class Reader(Client):
    """Reads all that a server has."""

    def traces(self):
        """Every row of the list, page by page."""
        cursor = None
        while True:
            query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            answer = self.read("GET", "/api/v0/traces", params=query)
            yield from answer["traces"]
            cursor = answer["next"]
            if not cursor:
                return

    def span_ids(self, trace_id):
        events = self.read("GET", f"/api/v0/traces/{trace_id}")["events"]
        return [event["span_id"] for event in events]

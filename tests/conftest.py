"""What the Python tests share: where the binaries are, and real servers that end with the test."""
import contextlib
import os
import pathlib

import pytest
import requests

from commands.server import Server

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def build_dir():
    """Of the preset under test; ./run test sets it."""
    return pathlib.Path(os.environ.get("HONEYHIVE_BUILD_DIR", ROOT / "build" / "release"))


@pytest.fixture(scope="session")
def binary(build_dir):
    path = build_dir / "bin" / "honeyhive"
    assert path.is_file(), f"{path} is missing: run ./run build"
    return path


@pytest.fixture(scope="session")
def is_long():
    """./run test --long"""
    return "HONEYHIVE_LONG" in os.environ


class Client:
    """Speaks HTTP to a server, with the token of its data folder where reading needs one."""

    def __init__(self, server):
        self.server = server
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy between a test and its server

    def post_spans(self, body):
        """Posts one encoded OTLP request; the HTTP status."""
        return self.http.post(f"{self.server.url}/v1/traces", data=body, timeout=60,
                              headers={"content-type": "application/x-protobuf"}).status_code

    def read(self, method, path, **options):
        options.setdefault("headers", {})["authorization"] = f"Bearer {self.server.token}"
        answer = self.http.request(method, self.server.url + path, timeout=60, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def export(self, project, page_size=1000):
        """Every event of a project, page by page, by HoneyHive's own route."""
        events, page = [], 1
        while True:
            body = {"project": project, "filters": [], "limit": page_size, "page": page}
            answer = self.read("POST", "/v1/events/export", json=body)
            events += answer["events"]
            if len(answer["events"]) < page_size:
                return events
            page += 1


@contextlib.contextmanager
def servers(binary, folder):
    """A function that starts a server on a data folder (by default one in `folder`)."""
    started = []

    def start(data=None):
        server = Server(binary, data or folder / "data", folder / "server.log").start()
        started.append(server)
        return server

    try:
        yield start
    finally:
        for server in started:
            server.kill()


@pytest.fixture
def start_server(binary, tmp_path):
    with servers(binary, tmp_path) as start:
        yield start


@pytest.fixture
def server(start_server):
    return start_server()

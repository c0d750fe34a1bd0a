"""Unmodified OpenTelemetry SDKs of three languages in both of OTLP's encodings over HTTP: what each
sends is what the server answers, field by field. story.py says what they send."""
import dataclasses
import json
import shutil

import pytest
import story
from foreign import INSTALLED, SOURCES, run_client

from conftest import Client, servers

PYTHON = [INSTALLED / "python/bin/python", SOURCES / "python/opentelemetry_client.py"]
PACKAGES = INSTALLED / "node"
NODE = [shutil.which("node") or "node", SOURCES / "node/client.mjs"]


@dataclasses.dataclass(frozen=True)
class ClientProgram:
    command: list
    numbers: story.Numbers = story.Numbers()
    cwd: object = None


CLIENTS = {
    "python-json": ClientProgram([*PYTHON, "json"]),
    "python-protobuf": ClientProgram([*PYTHON, "protobuf"]),
    "javascript-json": ClientProgram([*NODE, "json"], story.JavaScriptJsonNumbers(), PACKAGES),
    "javascript-protobuf": ClientProgram([*NODE, "protobuf"], story.JavaScriptNumbers(), PACKAGES),
    "go-protobuf": ClientProgram([INSTALLED / "go/client"]),
}


@dataclasses.dataclass
class Told:
    server: object
    expected: story.Expected


@pytest.fixture(params=["none", "gzip"], scope="module")
def compression(request):
    return request.param


@pytest.fixture(params=CLIENTS, scope="module")
def told(request, compression, binary, tmp_path_factory):
    """A server to which a client has told the story, and what it should know now."""
    client = CLIENTS[request.param]
    with servers(binary, tmp_path_factory.mktemp("told")) as start:
        server = start()
        done = run_client(client.command, {
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
            "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
        }, cwd=client.cwd, input=json.dumps(story.told()))
        assert done.stderr == ""
        yield Told(server, story.Expected(json.loads(done.stdout), client.numbers))


def events_of(told):
    """The spans by name, from HoneyHive's route; besides, there is the session that one named."""
    events = Client(told.server).export(story.PROJECT)
    session, = [event for event in events if event["event_type"] == "session"]
    assert session["event_id"] == session["session_id"] == story.SESSION
    events.remove(session)
    by_name = {event["event_name"]: event for event in events}
    assert len(events) == len(by_name) == len(story.SPANS)
    return by_name


def same(found, wanted):
    """Equal, and of equal types: 1, 1.0 and True are three things."""
    return json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def pick(event, wanted):
    return {key: event.get(key) for key in wanted}


def test_each_span_is_honeyhives_event(told):
    events = events_of(told)
    for span in story.SPANS:
        wanted = told.expected.honeyhive(span)
        found = pick(events[span.name], wanted)
        assert found == wanted, span.name
        assert same(found, wanted), span.name


def test_the_events_are_a_tree(told):
    events = events_of(told)
    for span in story.SPANS:
        event = events[span.name]
        if span.parent:
            assert event["parent_id"] == events[span.parent]["event_id"]
        else:
            assert event["parent_id"] == event["session_id"]
        assert sorted(event["children_ids"]) == sorted(
            events[child.name]["event_id"] for child in story.SPANS if child.parent == span.name)


def test_the_servers_own_api_has_the_rest(told):
    traces = {ids["trace_id"] for ids in told.expected.ids.values()}
    assert len(traces) == 2
    answers = [Client(told.server).read("GET", f"/api/v0/traces/{trace}") for trace in traces]
    events = {event["event_name"]: event for answer in answers for event in answer["events"]}
    assert sum(len(answer["events"]) for answer in answers) == len(events) == len(story.SPANS)
    for span in story.SPANS:
        wanted = told.expected.own(span)
        found = pick(events[span.name], wanted)
        assert found == wanted, span.name
        assert same(found, wanted), span.name

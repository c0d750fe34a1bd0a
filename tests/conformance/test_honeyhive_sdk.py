"""HoneyHive's own Python SDK, unmodified: what it sends by OTLP and by REST is what it reads back.

clients/python/honeyhive_client.py is the program that uses it. The times and ids that the SDK made
up come from there; everything else that is expected is written here.
"""
import json
import uuid

import pytest
from foreign import SOURCES, client_python, run_client

from conftest import servers

BIG = 2**53 + 1
BUCKETS = ("inputs", "outputs", "config", "metadata", "metrics", "feedback", "user_properties")
START = 1_760_000_000_000


@pytest.fixture(scope="module")
def run_sdk(binary, tmp_path_factory):
    """A function that runs the program against a server of its own: what it wrote."""
    program = SOURCES / "python/honeyhive_client.py"

    def run(scenario, protocol="http/json"):
        folder = tmp_path_factory.mktemp(scenario)
        output = folder / "output.json"
        with servers(binary, folder) as start:
            server = start()
            run_client([client_python(), program, scenario, output], {
                "HH_API_URL": server.url, "HH_API_KEY": server.token,
                "HH_OTLP_PROTOCOL": protocol}, cwd=folder)
        return json.loads(output.read_text(encoding="utf-8"))

    return run


def by_name(exported):
    events = {event["event_name"]: event for event in exported["events"]}
    assert len(events) == len(exported["events"]) == exported["total"]
    return events


def expected_event(name, of_type, session_id, **fields):
    nothing = {bucket: {} for bucket in BUCKETS}
    return nothing | {"event_name": name, "event_type": of_type, "session_id": session_id,
                      "parent_id": session_id, "project_id": "default", "source": "conformance",
                      "error": None} | fields


def expected_session(events, name, session_id, **fields):
    """Its metadata has, besides its own, what the server sums up of the other events."""
    children = [event for event in events.values() if event["event_type"] != "session"]
    sums = {"num_events": len(children),
            "num_model_events": sum(event["event_type"] == "model" for event in children),
            "has_feedback": any(event["feedback"] for event in events.values())}
    fields["metadata"] = sums | fields.pop("metadata", {})
    return expected_event(name, "session", session_id, parent_id=None, event_id=session_id,
                          **fields)


def expected_span(spans, name, of_type, **fields):
    """`metadata` without what each span has."""
    span = spans[name]
    made = {key: span[key] for key in ("trace_id", "span_id", "parent_span_id")}
    made |= {"has_otlp_lineage": True, "honeyhive_event_type": of_type}
    if span["duration_ms"] is not None:
        made["honeyhive_duration_ms"] = span["duration_ms"]
    fields["metadata"] = made | fields.pop("metadata", {})
    return expected_event(name, of_type, span["session_id"], **fields,
                          start_time=span["start_ns"] // 1_000_000,
                          end_time=span["end_ns"] // 1_000_000,
                          duration=(span["end_ns"] - span["start_ns"]) / 1e6)


def check(event, expected):
    """All that is expected, with its type: but 1.0 is 1, for the SDK's own models make it so."""
    found = {key: event.get(key) for key in expected}
    assert found == expected
    for bucket in BUCKETS:
        assert json.dumps(found[bucket], sort_keys=True) == json.dumps(expected[bucket],
                                                                       sort_keys=True)


def check_tree(events, children):
    """`children`: the names of those that have any, with their children's."""
    for name, event in events.items():
        ids = [events[child]["event_id"] for child in children.get(name, [])]
        assert sorted(event["children_ids"]) == sorted(ids), name
        for child in children.get(name, []):
            assert events[child]["parent_id"] == event["event_id"], child


@pytest.fixture(params=["http/json", "http/protobuf"], scope="module")
def protocol(request):
    return request.param


@pytest.fixture(scope="module")
def traced(run_sdk, protocol):
    found = run_sdk("trace", protocol)
    assert found["flushed"] is True
    return found


CHILDREN = {"ask größer 🐝": ["answer question", "made by hand"],
            "answer question": ["search documents", "look up user", "look up user_error",
                                "ask model"],
            "ask model": ["count tokens"]}


def test_the_sdks_spans_are_a_tree_in_its_session(traced):
    events = by_name(traced["exported"])
    assert set(events) == {"made by hand", "ask größer 🐝", *traced["spans"]}
    check_tree(events, CHILDREN)


def test_decorated_functions_arrive_with_their_arguments_and_results(traced, protocol):
    events, spans = by_name(traced["exported"]), traced["spans"]

    def expected(name, of_type, **fields):
        named = {"event_type": of_type, "event_name": name}
        metadata = named | fields.pop("metadata", {})
        parent = events[fields.pop("parent")]["event_id"]
        return expected_span(spans, name, of_type, metadata=metadata, parent_id=parent, **fields)

    question = "was ist ein „Span“?"
    check(events["answer question"], expected(
        "answer question", "chain", parent="ask größer 🐝", inputs={"question": question},
        outputs={"result": "forty-two"}))
    check(events["search documents"], expected(
        "search documents", "tool", parent="answer question",
        inputs={"query": question, "top_k": 3, "ratio": 0.1, "wide": BIG,
                "deep": '{"a": [1, {"b": null}]}', "words": "('a',)",
                "nothing": "None" if protocol == "http/json" else None, "extra.key": True},
        outputs={"count": 2, "result.hits.0.id": BIG, "result.hits.0.score": 1e-7,
                 "result.hits.1.id": -1, "result.hits.1.title": "🐝"},
        metadata={"cache": False, "shard": BIG, "pages.0": 1, "pages.1": 2},
        metrics={"recall": 0.25, "hits": 2}, feedback={"rating": 5, "note": "größer"},
        config={"index": "中文"}, user_properties={"plan": "pro"}))
    check(events["ask model"], expected(
        "ask model", "model", parent="answer question", inputs={"prompt": f"Q: {question}"},
        outputs={"result": "forty-two"}, metadata={"attempt": 1}, metrics={"temperature": 0.5},
        feedback={"seen": False}))
    check(events["look up user"], expected(
        "look up user", "tool", parent="answer question", inputs={"name": "größer"},
        error="KeyError: 'no such user: größer'"))


def test_spans_made_by_hand_or_by_the_sdk_arrive(traced):
    events, spans = by_name(traced["exported"]), traced["spans"]
    check(events["count tokens"], expected_span(
        spans, "count tokens", "tool", parent_id=events["ask model"]["event_id"],
        metadata={"tokens.in": 12, "tokens_in": 12, "done": True}))
    check(events["look up user_error"], expected_span(
        spans, "look up user_error", "tool", parent_id=events["answer question"]["event_id"],
        error="'no such user: größer'", metadata={"honeyhive_error_type": "KeyError"}))


def test_an_event_made_by_hand_arrives(traced):
    event = by_name(traced["exported"])["made by hand"]
    assert event["event_id"] == traced["created"]
    assert uuid.UUID(traced["created"])
    check(event, expected_event(
        "made by hand", "model", traced["session_id"], inputs={"prompt": "größer", "n": BIG},
        outputs={"text": "中文", "list": [1, 0.5, None, True, {"a": []}]}, duration=12.5,
        metadata={"m": 1}, config={"model": "gpt-4o"}, feedback={"f": False},
        metrics={"cost": 0.001}, error="a failure 🐝"))


def test_an_enriched_session_has_what_it_began_with_and_what_came_later(traced):
    events = by_name(traced["exported"])
    check(events["ask größer 🐝"], expected_session(
        events, "ask größer 🐝", traced["session_id"], inputs={"user": "中文", "n": BIG},
        outputs={"answer": "forty-two"}, metadata={"tier": "gold", "n": BIG},
        metrics={"cost": 0.001}, feedback={"rating": 4}, config={"k": "v"},
        user_properties={"id": "u-1"}))


def test_each_request_has_a_session_of_its_own(run_sdk, protocol):
    found = run_sdk("sessions", protocol)
    ids = found["ids"]
    assert ids["not a UUID"] == "user-42"
    assert ids["request 3"] == ids["request 3 again"] == "0d8f6a5e-5b0c-4f37-9f0a-1f6b8a2f0c11"
    assert len({found["session_id"], *ids.values()}) == 6
    in_sessions = {
        found["session_id"]: ("of the process", ["outside"], {}),
        ids["request 1"]: ("request 1", ["in request 1"], {
            "inputs": {"path": "/größer"}, "outputs": {"status": 200},
            "metadata": {"n": BIG, "more": [1, 2]}, "user_properties": {"id": "u-1"}}),
        ids["request 2"]: ("request 2", ["in request 2"], {"metadata": {"k": "v"}}),
        ids["request 3"]: ("request 3", ["in request 3", "in request 3 again"], {}),
        ids["request 4"]: ("request 4", ["in request 4"], {}),
        "user-42": ("not a UUID", ["in not a UUID"], {})}
    assert set(found["exported"]) == set(in_sessions)
    for session_id, (name, inside, fields) in in_sessions.items():
        events = by_name(found["exported"][session_id])
        assert set(events) == {name, *inside}
        check(events[name], expected_session(events, name, session_id, **fields))
        check_tree(events, {name: inside})
        for span in inside:
            check(events[span], expected_span(found["spans"], span, "tool"))


@pytest.fixture(scope="module")
def rest(run_sdk):
    return run_sdk("rest")


IN_SESSION = ["parent", "child", "batch 2", "batch 1", "batch 0", "by hand"]  # as they began


def test_a_session_is_answered_as_the_sdk_wants_it(rest):
    session = rest["session"]
    assert session["event_id"] == session["session_id"]
    assert uuid.UUID(session["session_id"])
    assert all(isinstance(session[key], str) for key in ("org_id", "workspace_id", "project_id"))
    events = by_name(rest["exported"])
    check(events["by hand"], expected_session(
        events, "by hand", session["session_id"], source="rest", inputs={"q": "größer 🐝"},
        metadata={"n": BIG}))


def test_events_are_created_and_changed(rest):
    parent, child = rest["created"]
    session_id = rest["session"]["session_id"]
    assert parent == {"success": True, "event_id": "2b1f8c9e-7d3a-4e55-8f6b-0a9c1d2e3f41"}
    assert child["success"] is True and uuid.UUID(child["event_id"])
    events = by_name(rest["exported"])
    assert sorted(events) == sorted(IN_SESSION)
    check(events["parent"], expected_event(
        "parent", "chain", session_id, event_id=parent["event_id"], source="rest",
        start_time=START + 100, end_time=START + 110, duration=10,
        inputs={"n": BIG, "ratio": 0.1, "deep": {"a": [1, [], {}, None]}},
        outputs={"größe": "中文 🐝"}, config={"model": "m"}, metadata={"k": "v"},
        metrics={"score": 0.5}, feedback={"ok": True}, user_properties={"id": "u-1"},
        error="failed"))
    check(events["child"], expected_event(
        "child", "model", session_id, event_id=child["event_id"], source="rest",
        parent_id=parent["event_id"], start_time=START + 110, end_time=START + 187, duration=77.5,
        outputs={"text": "changed"}, metadata={"later": BIG}, metrics={"score": 1.5},
        feedback={"rating": 1}, config={"c": 1}, user_properties={"u": 2}))
    check_tree(events, {"by hand": ["parent", "batch 0", "batch 1", "batch 2"],
                        "parent": ["child"]})


def test_batches_are_created(rest):
    events = by_name(rest["exported"])
    assert rest["batch"]["success"] is True
    assert rest["batch"]["event_ids"] == [events[f"batch {i}"]["event_id"] for i in range(3)]
    for i in range(3):
        check(events[f"batch {i}"], expected_event(
            f"batch {i}", "tool", rest["session"]["session_id"], source="rest", duration=10,
            start_time=START + 200 - i, end_time=START + 210 - i, metrics={"number": i}))


def test_a_batch_can_make_a_session_of_its_own(rest):
    alone, events = rest["alone"], by_name(rest["exported alone"])
    assert alone["success"] is True and alone["session_id"] != rest["session"]["session_id"]
    assert set(events) == {"made by a batch", "one", "two"}
    assert alone["event_ids"] == [events[name]["event_id"] for name in ("one", "two")]
    check(events["made by a batch"], expected_session(
        events, "made by a batch", alone["session_id"], source="unknown", metadata={"b": 1}))
    for name in "one", "two":
        check(events[name], expected_event(name, "tool", alone["session_id"], source="unknown",
                                           inputs={"name": name}, start_time=START,
                                           end_time=START + 1, duration=1))


def test_every_reader_of_the_sdk_finds_the_events(rest):
    assert rest["by session"] == IN_SESSION
    assert sorted(rest["listed"]) == sorted(IN_SESSION)
    assert [len(page) for page in rest["pages"]] == [2, 2, 2, 0]
    assert sorted(sum(rest["pages"], [])) == sorted(IN_SESSION)
    assert rest["models"] == rest["asynchronously"] == ["child"]
    assert rest["aliases"] == [["child"], ["child"]]
    assert rest["scored"] == ["batch 1", "batch 2"]
    assert rest["in range"] == ["batch 2", "child"]
    assert [event["event_name"] for event in rest["projected"]] == ["child"]

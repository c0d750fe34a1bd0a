"""HoneyHive's own SDK, used as its documentation says; what it answered is written as JSON.

usage: honeyhive_client.py trace|sessions|rest OUTPUT, with HH_API_URL and HH_API_KEY. OUTPUT is a
file, because the SDK's log lines go to standard output.
"""
import asyncio
import contextvars
import json
import sys

import honeyhive
from honeyhive import HoneyHive, HoneyHiveTracer, enrich_span, trace
from honeyhive.models import (EventFilter, PostEventBatchRequest, PostEventRequest,
                              UpdateEventRequest)
from opentelemetry.sdk.trace import SpanProcessor

BIG = 2**53 + 1  # no double holds it


class Recorder(SpanProcessor):
    """What the SDK sent of each span, as far as no test can know it: ids and times."""

    def __init__(self):
        self.spans = {}

    def on_end(self, span):
        attributes = dict(span.attributes)
        self.spans[span.name] = {
            "trace_id": f"{span.context.trace_id:032x}", "span_id": f"{span.context.span_id:016x}",
            "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else None,
            "start_ns": span.start_time, "end_ns": span.end_time,
            "duration_ms": attributes.get("honeyhive_duration_ms"),
            "session_id": attributes.get("honeyhive.session_id")}


def session_filter(session_id):
    return [EventFilter(field="session_id", operator="is", value=session_id, type="string")]


def plain(events):
    """As they came: the SDK's models, or dicts in older versions of it."""
    return [event if isinstance(event, dict) else event.model_dump(exclude_unset=True)
            for event in events]


def export(session_id):
    found = HoneyHive().events.export(filters=session_filter(session_id))
    return {"events": plain(found.events), "total": found.total_events}


def make_tracer(**options):
    tracer = HoneyHiveTracer.init(source="conformance", **options)
    recorder = Recorder()
    tracer.provider.add_span_processor(recorder)
    return tracer, recorder


def trace_functions():
    """Decorators, enrichment, an exception, an event made by hand, and the session they are in."""
    tracer, recorder = make_tracer(session_name="ask größer 🐝", inputs={"user": "中文", "n": BIG})

    @trace(event_type="tool", event_name="search documents")
    def search(query, top_k=3, ratio=0.1, wide=BIG, deep=None, words=("a",), nothing=None):
        enrich_span(metadata={"cache": False, "shard": BIG, "pages": [1, 2]},
                    metrics={"recall": 0.25, "hits": 2}, feedback={"rating": 5, "note": "größer"},
                    config={"index": "中文"}, user_properties={"plan": "pro"},
                    inputs={"extra.key": True}, outputs={"count": 2})
        return {"hits": [{"id": BIG, "score": 1e-7}, {"id": -1, "title": "🐝"}], "none": None}

    @trace(event_type="model", event_name="ask model", metadata={"attempt": 1},
           metrics={"temperature": 0.5}, feedback={"seen": False})
    def ask(prompt):
        with tracer.trace("count tokens", event_type="tool", **{"tokens.in": 12}) as span:
            span.set_attribute("done", True)
        return "forty-two"

    @trace(event_type="tool", event_name="look up user")
    def look_up(name):
        raise KeyError(f"no such user: {name}")

    @trace(event_type="chain", event_name="answer question")
    def answer(question):
        search(question, deep={"a": [1, {"b": None}]})
        try:
            look_up("größer")
        except KeyError:
            pass
        return ask(f"Q: {question}")

    answer("was ist ein „Span“?")
    made = tracer.create_event(
        "made by hand", event_type="model", inputs={"prompt": "größer", "n": BIG},
        outputs={"text": "中文", "list": [1, 0.5, None, True, {"a": []}]}, duration=12.5,
        metadata={"m": 1}, config={"model": "gpt-4o"}, feedback={"f": False},
        metrics={"cost": 0.001}, error="a failure 🐝")
    tracer.enrich_session(metadata={"tier": "gold", "n": BIG}, outputs={"answer": "forty-two"},
                          metrics={"cost": 0.001}, feedback={"rating": 4}, config={"k": "v"},
                          user_properties={"id": "u-1"})
    flushed = tracer.flush()
    return {"session_id": tracer.session_id, "created": made, "flushed": flushed,
            "spans": recorder.spans, "exported": export(tracer.session_id)}


def trace_sessions():
    """Sessions for each request: made, found again, ended; spans belong to the right one."""
    tracer, recorder = make_tracer(session_name="of the process")

    def work(name):
        with tracer.trace(name, event_type="tool"):
            pass

    def within(act):
        """In a context of its own, as each request of a web server is."""
        return contextvars.copy_context().run(act)

    def by_create_session():
        made = tracer.create_session("request 1", inputs={"path": "/größer"},
                                     metadata={"n": BIG}, user_properties={"id": "u-1"})
        work("in request 1")
        tracer.enrich_session(outputs={"status": 200}, metadata={"more": [1, 2]})
        return made

    def by_with_session():
        with tracer.with_session("request 2", metadata={"k": "v"}) as made:
            work("in request 2")
        return made

    def by_id(name, session_id):
        made = tracer.create_session(name, session_id=session_id)
        work(f"in {name}")
        return made

    def without_a_call(session_id):
        made = tracer.create_session(session_id=session_id, skip_api_call=True)
        work("in request 3 again")
        return made

    async def asynchronously():
        made = await tracer.acreate_session("request 4")
        work("in request 4")
        return made

    chosen = "0d8f6a5e-5b0c-4f37-9f0a-1f6b8a2f0c11"
    work("outside")
    ids = {"request 1": within(by_create_session), "request 2": within(by_with_session),
           "request 3": within(lambda: by_id("request 3", chosen)),
           "request 3 again": within(lambda: without_a_call(chosen)),
           "request 4": within(lambda: asyncio.run(asynchronously())),
           "not a UUID": within(lambda: by_id("not a UUID", "user-42"))}
    tracer.flush()
    return {"session_id": tracer.session_id, "ids": ids, "spans": recorder.spans,
            "exported": {of: export(of) for of in {tracer.session_id, *ids.values()}}}


def event(session_id, name, start_ms, **fields):
    return {"event_name": name, "event_type": "tool", "inputs": {}, "session_id": session_id,
            "source": "rest", "start_time": start_ms, "end_time": start_ms + 10, **fields}


def use_rest():
    """The REST client alone: events one by one and in batches, changed, found by every reader."""
    client = HoneyHive()
    start = 1_760_000_000_000
    session = client.sessions.start({"session": {"session_name": "by hand", "source": "rest",
                                                 "inputs": {"q": "größer 🐝"},
                                                 "metadata": {"n": BIG}}})
    of = session.session_id

    def post(body):
        return client.events.create(PostEventRequest(event=body)).model_dump()

    parent = "2b1f8c9e-7d3a-4e55-8f6b-0a9c1d2e3f41"
    created = [
        post(event(of, "parent", start + 100, event_id=parent, event_type="chain",
                   inputs={"n": BIG, "ratio": 0.1, "deep": {"a": [1, [], {}, None]}},
                   outputs={"größe": "中文 🐝"}, config={"model": "m"}, metadata={"k": "v"},
                   metrics={"score": 0.5}, feedback={"ok": True},
                   user_properties={"id": "u-1"}, error="failed")),
        post(event(of, "child", start + 110, parent_id=parent, event_type="model"))]
    batch = client.events.create_batch(PostEventBatchRequest(events=[
        event(of, f"batch {number}", start + 200 - number, metrics={"number": number})
        for number in range(3)])).model_dump()
    alone = client.events.create_batch(PostEventBatchRequest(
        events=[{"event_name": name, "event_type": "tool", "inputs": {"name": name},
                 "start_time": start, "end_time": start + 1} for name in ("one", "two")],
        single_session=True,
        session_properties={"session_name": "made by a batch", "metadata": {"b": 1}})).model_dump()
    client.events.update(UpdateEventRequest(
        event_id=created[1]["event_id"], outputs={"text": "changed"}, metadata={"later": BIG},
        metrics={"score": 1.5}, feedback={"rating": 1}, config={"c": 1},
        user_properties={"u": 2}, duration=77.5))

    def names(found):
        return [one["event_name"] for one in plain(found.events)]

    of_session = session_filter(of)
    models = [*of_session, EventFilter(field="event_type", operator="is", value="model",
                                       type="string")]
    scored = [*of_session, EventFilter(field="metrics.number", operator="greater than", value="0",
                                       type="number")]
    pages = [names(client.events.export(filters=of_session, limit=2, page=page))
             for page in range(1, 5)]
    with_deprecated = client.events.get_by_session_id(of)
    listed = client.events.list({"filters": [one.to_dict() for one in of_session], "limit": 100})
    return {
        "session": session.model_dump(), "created": created, "batch": batch, "alone": alone,
        "exported": export(of), "exported alone": export(alone["session_id"]), "pages": pages,
        "by session": names(with_deprecated), "models": names(client.events.export(filters=models)),
        "scored": sorted(names(client.events.export(filters=scored))),
        "listed": names(listed),
        "in range": sorted(names(client.events.export(filters=of_session, date_range={
            "$gte": "2025-10-09T08:53:20.105Z", "$lte": "2025-10-09T08:53:20.198Z"}))),
        "projected": plain(client.events.export(filters=models,
                                                 projections=["event_name"]).events),
        "asynchronously": names(asyncio.run(client.events.export_async(filters=models))),
        "aliases": [names(client.events.list_events(filters=models)),
                    names(client.events.get_events(filters=models))]}


def main():
    scenario, output = sys.argv[1:]
    found = {"trace": trace_functions, "sessions": trace_sessions, "rest": use_rest}[scenario]()
    with open(output, "w", encoding="utf-8") as file:
        json.dump({"version": honeyhive.__version__} | found, file)


if __name__ == "__main__":
    main()

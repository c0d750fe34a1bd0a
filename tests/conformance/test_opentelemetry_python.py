"""An unmodified OpenTelemetry SDK delivers to the server, and `honeyhive show` shows it."""
import gzip

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from conftest import Client

PROJECT = "conformance"
ATTRIBUTES = {
    "text": "plain",
    "unicode": "größer als 中文 🐝",
    "count": 9_007_199_254_740_993,  # not representable as a double
    "negative": -1,
    "ratio": 0.1,
    "yes": True,
    "no": False,
    "texts": ["a", "b"],
    "counts": [1, 2, 3],
    "ratios": [0.5, 1.5],
    "flags": [True, False],
}


class RecordingExporter(OTLPSpanExporter):
    """The SDK's exporter; keeps each span it was given, to compare and to send again."""

    def __init__(self, **options):
        super().__init__(**options)
        self.spans = []
        self.results = []

    def export(self, spans):
        self.spans += spans
        self.results.append(super().export(spans))
        return self.results[-1]


def make_provider(exporter):
    resource = Resource.create({"service.name": "conformance-test", "honeyhive.project": PROJECT})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def trace_a_question(tracer):
    with tracer.start_as_current_span("answer question", kind=SpanKind.SERVER) as root:
        root.set_attribute("honeyhive_event_type", "chain")
        with tracer.start_as_current_span("search documents", attributes=ATTRIBUTES) as search:
            search.set_attribute("honeyhive_event_type", "tool")
            search.set_attribute("honeyhive_inputs.query", "what is a span?")
            search.add_event("cache_miss", {"shard": 3})
        link = Link(search.get_span_context(), {"why": "uses"})
        with tracer.start_as_current_span("ask model", links=[link]) as ask:
            ask.set_attribute("honeyhive_event_type", "model")
            ask.set_attribute("gen_ai.request.model", "gpt-4o")
            ask.set_attribute("gen_ai.usage.input_tokens", 12)
            ask.set_attribute("gen_ai.usage.output_tokens", 34)
            ask.set_status(Status(StatusCode.OK))
        return root


def trace_a_failure(tracer):
    with pytest.raises(ValueError, match="no such user"):
        with tracer.start_as_current_span("look up user") as span:
            raise ValueError("no such user")
    return span


@pytest.fixture
def delivered(server):
    """(server, exporter, spans by name) after the SDK sent two kinds of traces, gzip-compressed."""
    exporter = RecordingExporter(endpoint=f"{server.url}/v1/traces", compression=Compression.Gzip)
    provider = make_provider(exporter)
    tracer = provider.get_tracer("conformance", "1.2.3")
    for _ in range(3):
        trace_a_question(tracer)
    trace_a_failure(tracer)
    provider.shutdown()
    assert exporter.results and set(exporter.results) == {SpanExportResult.SUCCESS}
    assert len(exporter.spans) == 10
    return server, exporter, {span.name: span for span in exporter.spans}


def hex_ids(span):
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def events_by_span(server):
    events = Client(server).export(PROJECT)
    found = {event["metadata"]["span_id"]: event for event in events}
    assert len(found) == len(events), "a span is stored twice"
    return found


def test_every_field_arrives(delivered):
    server, exporter, _ = delivered
    stored = events_by_span(server)
    assert len(stored) == len(exporter.spans)
    for span in exporter.spans:
        trace_id, span_id = hex_ids(span)
        event = stored[span_id]
        assert event["event_name"] == span.name
        assert event["metadata"]["trace_id"] == trace_id
        parent = event["metadata"].get("parent_span_id") or ""
        assert parent == (f"{span.parent.span_id:016x}" if span.parent else "")
        assert event["start_time"] == span.start_time // 1_000_000
        assert event["duration"] == pytest.approx((span.end_time - span.start_time) / 1e6, abs=1e-3)


def test_every_attribute_type_keeps_its_value_and_type(delivered):
    server, _, spans = delivered
    metadata = events_by_span(server)[hex_ids(spans["search documents"])[1]]["metadata"]
    for key, value in ATTRIBUTES.items():
        assert metadata[key] == value, key
        assert type(metadata[key]) is type(value), key


def test_honeyhives_attributes_land_in_its_buckets(delivered):
    server, _, spans = delivered
    stored = events_by_span(server)
    search = stored[hex_ids(spans["search documents"])[1]]
    assert search["event_type"] == "tool"
    assert search["inputs"] == {"query": "what is a span?"}
    assert stored[hex_ids(spans["ask model"])[1]]["event_type"] == "model"


def test_an_exception_makes_the_span_an_error(delivered):
    server, _, spans = delivered
    event = events_by_span(server)[hex_ids(spans["look up user"])[1]]
    assert "no such user" in event["error"]


def test_a_batch_that_is_sent_again_is_stored_once(delivered):
    server, exporter, _ = delivered
    before = events_by_span(server)
    again = OTLPSpanExporter(endpoint=f"{server.url}/opentelemetry/v1/traces")
    assert again.export(exporter.spans) == SpanExportResult.SUCCESS
    assert events_by_span(server) == before


def test_a_restart_keeps_every_span_once(delivered, start_server):
    server, exporter, _ = delivered
    before = events_by_span(server)
    assert server.stop() == 0
    restarted = start_server()
    assert events_by_span(restarted) == before
    again = OTLPSpanExporter(endpoint=f"{restarted.url}/v1/traces")
    assert again.export(exporter.spans) == SpanExportResult.SUCCESS
    assert events_by_span(restarted) == before


def test_reading_needs_the_token(server):
    for headers in {}, {"authorization": "Bearer wrong"}:
        answer = requests.post(f"{server.url}/v1/events/export", json={"filters": []},
                               headers=headers, timeout=10)
        assert answer.status_code == 401
        assert server.token not in answer.text


def test_a_truncated_gzip_body_is_an_error_and_the_server_lives_on(delivered):
    server, _, _ = delivered
    body = gzip.compress(b"\x0a" * 1000)[:-12]
    answer = requests.post(f"{server.url}/v1/traces", data=body, timeout=10, headers={
        "content-type": "application/x-protobuf", "content-encoding": "gzip"})
    assert answer.status_code == 400
    assert len(events_by_span(server)) == 10


def test_the_servers_own_api_keeps_what_honeyhives_event_has_no_place_for(delivered):
    server, _, spans = delivered
    search, ask = spans["search documents"], spans["ask model"]
    trace = Client(server).read("GET", f"/api/v0/traces/{hex_ids(ask)[0]}")
    stored = {event["event_name"]: event for event in trace["events"]}
    assert len(stored) == len(trace["events"]) == 3
    for span in search, ask:
        event = stored[span.name]
        assert (event["start_ns"], event["end_ns"]) == (str(span.start_time), str(span.end_time))
        assert event["resource"] == dict(span.resource.attributes)
        assert event["scope"] == "conformance 1.2.3"
    miss, = stored["search documents"]["span_events"]
    assert (miss["name"], miss["attributes"]) == ("cache_miss", {"shard": 3})
    assert miss["time_ns"] == str(search.events[0].timestamp)
    trace_id, span_id = hex_ids(search)
    assert stored["ask model"]["links"] == [
        {"trace_id": trace_id, "span_id": span_id, "attributes": {"why": "uses"}}]
    assert stored["ask model"]["status"] == "ok"
    assert stored["search documents"]["status"] == "unset"

"""Protobuf's own classes parse what our encoder wrote, and every field is what was set.

The program honeyhive_encoder_oracle records random spans through the SDK, writes each request as a
file and, as a JSON line per span, what it set. This side knows nothing of our encoder.
"""
import json
import math
import subprocess

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPANS = 100_000


def expected_value(value):
    """{"s"|"i"|"d"|"b": text} as (field of AnyValue, value)."""
    (kind, text), = value.items()
    return {"s": lambda: ("string_value", text), "i": lambda: ("int_value", int(text)),
            "d": lambda: ("double_value", float(text)),
            "b": lambda: ("bool_value", {"true": True, "false": False}[text])}[kind]()


def same(field, found, wanted):
    if field == "double_value" and math.isnan(wanted):
        return math.isnan(found)
    if field == "double_value":
        return found == wanted and math.copysign(1, found) == math.copysign(1, wanted)
    return found == wanted


def check_attributes(found, wanted, where):
    keys = [attribute.key for attribute in found]
    assert len(keys) == len(set(keys)), f"{where}: a key is there twice"
    by_key = {attribute.key: attribute.value for attribute in found}
    for key, value in wanted.items():
        field, expected = expected_value(value)
        assert key in by_key, f"{where}: {key!r} is missing"
        assert by_key[key].WhichOneof("value") == field, f"{where}: type of {key!r}"
        actual = getattr(by_key[key], field)
        assert same(field, actual, expected), f"{where}: {key!r}: {actual!r}, not {expected!r}"
    return set(by_key) - set(wanted)


def check_span(span, wanted, where):
    assert span.trace_id.hex() == wanted["trace_id"], where
    assert span.parent_span_id.hex() == wanted["parent_span_id"], where
    assert span.name == wanted["name"], where
    assert span.kind == wanted["kind"], where
    assert span.start_time_unix_nano == int(wanted["start"]), where
    assert span.end_time_unix_nano == int(wanted["end"]), where
    assert span.status.code == wanted["status_code"], where
    assert span.status.message == wanted["status_message"], where
    extra = check_attributes(span.attributes, wanted["attributes"], where)
    # Constants that the worker adds to every span; nothing else may appear.
    assert all(key.startswith(("honeyhive.", "honeyhive_")) for key in extra), f"{where}: {extra}"
    assert len(span.events) == len(wanted["events"]), where
    for event, expected in zip(span.events, wanted["events"]):
        assert event.name == expected["name"], where
        assert event.time_unix_nano == int(expected["time"]), where
        extra = check_attributes(event.attributes, expected["attributes"], f"{where} event")
        assert not extra, where


def parse_all(folder):
    """Spans of all request files, by span id."""
    spans = {}
    for file in sorted(folder.glob("*.bin")):
        request = ExportTraceServiceRequest()
        assert request.ParseFromString(file.read_bytes()), file
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    assert span.span_id.hex() not in spans, "a span was sent twice"
                    spans[span.span_id.hex()] = span
    return spans


def test_100000_random_spans_are_what_was_set(build_dir, tmp_path):
    program = build_dir / "bin" / "honeyhive_encoder_oracle"
    assert program.is_file(), f"{program} is missing: run ./run build --all"
    subprocess.run([program, tmp_path, str(SPANS)], check=True, timeout=300)
    spans = parse_all(tmp_path)
    assert len(spans) == SPANS
    with open(tmp_path / "spans.jsonl", encoding="utf-8") as lines:
        count = 0
        for line in lines:
            wanted = json.loads(line)
            check_span(spans[wanted["span_id"]], wanted, f"span {wanted['span_id']}")
            count += 1
    assert count == SPANS

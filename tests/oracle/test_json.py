"""Requests in JSON, as protobuf's own json_format writes them, mean what they mean as protobuf.

Random requests are written in both encodings, JSON in all the ways that a reader must take; the
program honeyhive_json_oracle decodes and compares them.
"""
import base64
import json
import random
import struct
import subprocess

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = 10_000
TEXTS = ["", "plain", 'quote " backslash \\ slash /', "größer 中文 🐝", "\0\x01\n\t\x7f", "\u2028",
         "x" * 300, "é" * 100]
INTEGERS = [0, 1, -1, 2**53 + 1, 2**63 - 1, -2**63]
NUMBERS = [0.0, -0.0, 0.1, -1.5e300, 5e-324, 1e23, float("inf"), float("-inf"), float("nan")]


def fill_value(rng, value, depth=0):
    kind = rng.randrange(9 if depth < 5 else 6)
    if kind == 1:
        value.string_value = rng.choice(TEXTS)
    elif kind == 2:
        value.bool_value = rng.random() < 0.5
    elif kind == 3:
        value.int_value = rng.choice(INTEGERS)
    elif kind == 4:
        value.double_value = rng.choice(NUMBERS)
    elif kind == 5:
        value.bytes_value = rng.randbytes(rng.randrange(6))
    elif kind in (6, 7):
        value.array_value.SetInParent()
        for _ in range(rng.randrange(4)):
            fill_value(rng, value.array_value.values.add(), depth + 1)
    elif kind == 8:
        value.kvlist_value.SetInParent()
        fill_attributes(rng, value.kvlist_value.values, depth + 1)


def fill_attributes(rng, attributes, depth=0):
    for _ in range(rng.randrange(4)):
        item = attributes.add(key=rng.choice(["a", "b", "traceId", "größe", "x" * 1100]))
        fill_value(rng, item.value, depth)


def fill_span(rng, span):
    span.trace_id, span.span_id = rng.randbytes(16), rng.randbytes(8)
    span.parent_span_id = rng.choice([b"", rng.randbytes(8), b"\1"])
    span.trace_state, span.name = rng.choice(["", "a=b"]), rng.choice(TEXTS)
    span.kind, span.flags = rng.randrange(6), rng.choice([0, 2**32 - 1])
    span.start_time_unix_nano = rng.choice([0, 1, 2**63, 2**64 - 1])
    span.end_time_unix_nano = rng.randrange(2**64)
    span.dropped_attributes_count = rng.choice([0, 2**32 - 1])
    span.dropped_events_count, span.dropped_links_count = rng.randrange(3), rng.randrange(3)
    fill_attributes(rng, span.attributes)
    for _ in range(rng.randrange(3)):
        event = span.events.add(time_unix_nano=rng.randrange(2**64), name=rng.choice(TEXTS))
        fill_attributes(rng, event.attributes)
    for _ in range(rng.randrange(3)):
        link = span.links.add(trace_id=rng.randbytes(16), span_id=rng.randbytes(8))
        fill_attributes(rng, link.attributes)
    if rng.random() < 0.5:
        span.status.code, span.status.message = rng.randrange(3), rng.choice(TEXTS)


def fill_log(rng, log):
    log.time_unix_nano, log.observed_time_unix_nano = rng.randrange(2**64), rng.randrange(2**64)
    log.severity_number, log.severity_text = rng.randrange(25), rng.choice(TEXTS)
    log.trace_id, log.span_id = rng.choice([b"", rng.randbytes(16)]), rng.randbytes(8)
    log.flags = rng.randrange(2**32)
    fill_value(rng, log.body)
    fill_attributes(rng, log.attributes)


def fill_envelope(rng, holder, scopes, items, fill):
    fill_attributes(rng, holder.resource.attributes)
    holder.schema_url = rng.choice(["", "https://example.com"])
    for _ in range(rng.randrange(3)):
        scope = getattr(holder, scopes).add()
        scope.scope.name, scope.scope.version = rng.choice(TEXTS), rng.choice(["", "1"])
        fill_attributes(rng, scope.scope.attributes)
        for _ in range(rng.randrange(3)):
            fill(rng, getattr(scope, items).add())


def traces(rng):
    request = ExportTraceServiceRequest()
    for _ in range(rng.randrange(3)):
        fill_envelope(rng, request.resource_spans.add(), "scope_spans", "spans", fill_span)
    return request


def logs(rng):
    request = ExportLogsServiceRequest()
    for _ in range(rng.randrange(3)):
        fill_envelope(rng, request.resource_logs.add(), "scope_logs", "log_records", fill_log)
    return request


def vary(rng, value):
    """As OTLP has it: ids in hex. And in any of the ways that mean the same."""
    if isinstance(value, list):
        return [vary(rng, item) for item in value]
    if not isinstance(value, dict):
        return value
    members = []
    for name, item in value.items():
        plain = name.lower().replace("_", "")
        if plain in ("traceid", "spanid", "parentspanid"):
            item = base64.b64decode(item).hex()
            item = item.upper() if rng.random() < 0.5 else item
        elif plain == "bytesvalue" and rng.random() < 0.5:
            item = item.rstrip("=").replace("+", "-").replace("/", "_")
        elif plain.endswith("unixnano") or plain == "intvalue":
            item = int(item) if rng.random() < 0.5 else item
        if rng.random() < 0.05:
            members.append((name, None))  # it comes again: the last value counts
        members.append((name, vary(rng, item)))
    if rng.random() < 0.1:
        members.insert(0, ("notKnownYet", rng.choice([None, 1.5, "x", [{"a": [{}]}], {"b": {}}])))
    return Members(members)


class Members(dict):
    """Members of an object, of which names may come again."""

    def __init__(self, members):
        super().__init__(members)
        self.members = members

    def items(self):
        return self.members


def record(rng):
    is_logs = rng.random() < 0.5
    request = logs(rng) if is_logs else traces(rng)
    plain = json_format.MessageToDict(request, preserving_proto_field_name=rng.random() < 0.5,
                                      use_integers_for_enums=rng.random() < 0.5)
    protobuf = request.SerializeToString()
    text = json.dumps(vary(rng, plain), ensure_ascii=rng.random() < 0.5,
                      indent=rng.choice([None, 1])).encode()
    return b"".join([bytes([is_logs]), struct.pack("<I", len(protobuf)), protobuf,
                     struct.pack("<I", len(text)), text])


def test_10000_random_requests_mean_the_same_in_both_encodings(build_dir, tmp_path):
    program = build_dir / "bin" / "honeyhive_json_oracle"
    assert program.is_file(), f"{program} is missing: run ./run build --all"
    rng = random.Random(20_261_120)
    with open(tmp_path / "requests", "wb") as out:
        for _ in range(REQUESTS):
            out.write(record(rng))
    found = subprocess.run([program, tmp_path / "requests"], capture_output=True, timeout=300,
                           text=True, check=False)
    assert found.returncode == 0, found.stdout[:4000]
    assert int(found.stdout) == REQUESTS

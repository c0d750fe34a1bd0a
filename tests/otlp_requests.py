"""OTLP requests made by the protobuf classes of the Python package opentelemetry-proto."""
import secrets

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

START_NS = 1_760_000_000_000_000_000


def request_of(project, spans, text_bytes=200):
    """A request with that many spans of one trace: (encoded, trace id, span ids), ids as hex."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    attribute = resource_spans.resource.attributes.add()
    attribute.key, attribute.value.string_value = "honeyhive.project", project
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "tests"
    trace_id, root = secrets.token_bytes(16), b""
    ids = []
    for index in range(spans):
        span = scope_spans.spans.add()
        span.trace_id, span.span_id, span.parent_span_id = trace_id, secrets.token_bytes(8), root
        span.name = f"step {index}"
        span.start_time_unix_nano = START_NS + index * 1000
        span.end_time_unix_nano = START_NS + index * 1000 + 500
        text = span.attributes.add()
        text.key, text.value.string_value = "text", secrets.token_hex(text_bytes // 2)
        root = root or span.span_id
        ids.append(span.span_id.hex())
    return request.SerializeToString(), trace_id.hex(), ids

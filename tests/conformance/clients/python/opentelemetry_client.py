"""Makes the spans of a story (../story.py says what they are) with OpenTelemetry's Python SDK.

usage: opentelemetry_python.py json|protobuf < story.json; prints {"<span name>": {"trace_id": ...,
"span_id": ...}}. The exporter reads its settings from OTEL_EXPORTER_OTLP_*.
"""
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode


def make_exporter(dialect):
    if dialect == "json":
        from opentelemetry.exporter.otlp.json.http import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter()


def value_of(attribute):
    value = attribute["value"]
    return {"int": int, "ints": lambda texts: [int(text) for text in texts],
            "double": float, "doubles": lambda numbers: [float(number) for number in numbers],
            }.get(attribute["kind"], lambda same: same)(value)


def attributes_of(attributes):
    return {attribute["key"]: value_of(attribute) for attribute in attributes}


def tell(tracer, story):
    spans = {}
    for told in story["spans"]:
        parent = told["parent"]
        span = spans[told["name"]] = tracer.start_span(
            told["name"], trace.set_span_in_context(spans[parent]) if parent else None,
            kind=SpanKind[told["kind"].upper()], start_time=int(told["start_ns"]),
            attributes=attributes_of(told["attributes"]),
            links=[Link(spans[link["to"]].get_span_context(), attributes_of(link["attributes"]))
                   for link in told["links"]])
        for event in told["events"]:
            span.add_event(event["name"], attributes_of(event["attributes"]),
                           int(event["time_ns"]))
        status = told["status"]
        span.set_status(Status(StatusCode[status["code"].upper()], status["description"] or None))
        span.end(int(told["end_ns"]))
    return spans


def main():
    story = json.load(sys.stdin)
    provider = TracerProvider(resource=Resource(attributes_of(story["resource"])))
    provider.add_span_processor(BatchSpanProcessor(make_exporter(sys.argv[1])))
    spans = tell(provider.get_tracer(story["scope"]["name"], story["scope"]["version"]), story)
    provider.shutdown()
    ids = {name: span.get_span_context() for name, span in spans.items()}
    print(json.dumps({name: {"trace_id": f"{of.trace_id:032x}", "span_id": f"{of.span_id:016x}"}
                      for name, of in ids.items()}))


if __name__ == "__main__":
    main()

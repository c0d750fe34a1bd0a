"""`honeyhive show` prints what an unmodified OpenTelemetry SDK sent: the whole text, exactly."""
import os
import re
import subprocess

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode

START_NS = 1_760_000_000_000_000_000
MS = 1_000_000

EXPECTED = """\
trace    <trace>
project  show
started  2025-10-09 08:53:20 UTC (<age>)
total    100 ms · 4 spans · 1 error · 12 tokens in, 34 out

                            0                                100 ms      took  tokens  model
chain  answer question      ███████████████████████████████████████    100 ms
│  in    question: was ist ein „Span“? 🐝
├─ tool   search documents     ████████████▋                          30.0 ms
│     in    query: span
│           top_k: 3
├─ model  ask model                          ████████████████████     50.0 ms   12→34  gpt-4o  ok
│     out   answer: A span is
│           one operation.
└─ tool   look up user                                           ██   5.00 ms                  error
      error UserError: no such user
"""


class Trace:
    """Spans with given times, so that the picture is always the same."""

    def __init__(self, url):
        self.provider = TracerProvider(resource=Resource.create({"honeyhive.project": "show"}))
        exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
        self.provider.add_span_processor(SimpleSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("show")

    def span(self, name, start_ms, parent=None, **attributes):
        context = trace.set_span_in_context(parent) if parent else None
        return self.tracer.start_span(name, context, start_time=START_NS + start_ms * MS,
                                      attributes=attributes)

    @staticmethod
    def end(span, end_ms):
        span.end(START_NS + end_ms * MS)


def send_trace(url):
    made = Trace(url)
    root = made.span("answer question", 0, honeyhive_event_type="chain",
                     **{"honeyhive_inputs.question": "was ist ein „Span“? 🐝"})
    search = made.span("search documents", 10, root, honeyhive_event_type="tool",
                       **{"honeyhive_inputs.query": "span", "honeyhive_inputs.top_k": 3})
    made.end(search, 40)
    ask = made.span("ask model", 45, root, honeyhive_event_type="model",
                    **{"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 12,
                       "gen_ai.usage.output_tokens": 34,
                       "honeyhive_outputs.answer": "A span is\none operation."})
    ask.set_status(Status(StatusCode.OK))
    made.end(ask, 95)
    lookup = made.span("look up user", 95, root)
    lookup.set_status(Status(StatusCode.ERROR, "UserError: no such user"))
    made.end(lookup, 100)
    made.end(root, 100)
    made.provider.shutdown()
    return f"{root.get_span_context().trace_id:032x}"


def show(binary, server, *arguments):
    settings = {name: value for name, value in os.environ.items() if not name.startswith("HH_")}
    settings |= {"LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    return subprocess.run([binary, "show", *arguments, "--data", server.data], env=settings,
                          text=True, capture_output=True, check=False)


def test_the_tree_is_printed_to_the_letter(binary, server):
    trace_id = send_trace(server.url)
    done = show(binary, server, trace_id)
    assert done.returncode == 0, done.stderr
    text = re.sub(r"UTC \([^)]*\)", "UTC (<age>)", done.stdout.replace(trace_id, "<trace>"))
    assert text == EXPECTED


def test_a_trace_is_found_by_how_its_id_begins(binary, server):
    trace_id = send_trace(server.url)
    assert show(binary, server, trace_id[:8]).stdout == show(binary, server, trace_id).stdout


def test_a_trace_that_is_not_there_is_an_error_that_says_so(binary, server):
    done = show(binary, server, "0123456789abcdef0123456789abcdef")
    assert done.returncode != 0
    assert done.stdout == ""
    assert "0123456789abcdef0123456789abcdef" in done.stderr

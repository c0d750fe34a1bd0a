"""The spans that each foreign OpenTelemetry SDK is asked to make, and how the server answers them.

A client reads the story as JSON (integers and times as decimal text, for what JavaScript cannot
hold), makes it with its own SDK, and prints the ids that its SDK chose: {name: {trace_id,
span_id}}.
"""
import dataclasses
import decimal

START_NS = 1_760_000_000_123_456_789
MS = 1_000_000
PROJECT = "größer 中文"
SESSION = "5b0ad1ce-2c4c-4b3e-9ad5-4c1f5bd2a5d1"

INT64_MAX, INT64_MIN = 2**63 - 1, -2**63
DOUBLE_MAX, DOUBLE_MIN = 1.7976931348623157e308, 5e-324

RESOURCE = {"service.name": "conformance", "service.version": "1.2.3-größer", "host.cpus": 2,
            "host.load": 0.1, "host.tags": ["a", "b"], "honeyhive.project": PROJECT}

EVERY_KIND = {
    "text": "plain",
    "empty": "",
    "unicode": "größer als 中文 🐝 \u200d\u202e",
    "escaped": "a \"quote\", a \\, a /, <tag> & \t\r\n\x01\x7f",
    "schlüssel.中文": "a key need not be ASCII",
    "long": "🐝" * 5000,
    "zero": 0,
    "negative": -1,
    "beyond_doubles": 2**53 + 1,
    "power": 2**60,
    "largest": INT64_MAX,
    "lowest": INT64_MIN,
    "ratio": 0.1,
    "third": 1 / 3,
    "huge": DOUBLE_MAX,
    "tiny": DOUBLE_MIN,
    "yes": True,
    "no": False,
    "texts": ["a", "", "中文"],
    "ints": [1, -2, 2**53 + 1],
    "doubles": [0.5, 1e-7],
    "huge_doubles": [-1.5e300],
    "bools": [True, False],
    "none_of_them": [],
}


@dataclasses.dataclass
class Span:
    name: str
    start_ms: int
    end_ms: int
    parent: str = ""
    kind: str = "internal"
    attributes: dict = dataclasses.field(default_factory=dict)
    events: list = dataclasses.field(default_factory=list)  # (name, ms, attributes)
    links: list = dataclasses.field(default_factory=list)  # (name of the span, attributes)
    status: tuple = ("unset", "")
    # Where the attributes above belong in HoneyHive's event; what no bucket has is metadata.
    buckets: dict = dataclasses.field(default_factory=dict)
    event_type: str = "tool"


SPANS = [
    Span("answer question 🐝", 0, 100, kind="server", status=("ok", ""), event_type="chain",
         attributes={"honeyhive_event_type": "chain", "honeyhive.session_id": SESSION,
                     "honeyhive_inputs.question": "was ist ein „Span“?",
                     "honeyhive_inputs.limits.top_k": 3, "honeyhive_outputs.answer": "中文",
                     "honeyhive_metrics.score": 0.75, "honeyhive_feedback.rating": 5,
                     "honeyhive_user_properties.id": "u-1", "honeyhive_config.stream": True},
         buckets={"inputs": {"question": "was ist ein „Span“?", "limits.top_k": 3},
                  "outputs": {"answer": "中文"}, "metrics": {"score": 0.75},
                  "feedback": {"rating": 5}, "user_properties": {"id": "u-1"},
                  "config": {"stream": True}}),
    Span("search documents", 10, 40, "answer question 🐝", attributes=EVERY_KIND,
         events=[("cache_miss", 11, {"shard": 3, "keys": ["a", "b"], "why": "größer"}),
                 ("no attributes", 12, {})]),
    Span("look up user", 12, 30, "search documents", kind="producer",
         status=("error", "no such user: größer"),
         events=[("exception", 30, {"exception.type": "UserError",
                                    "exception.message": "no such user: größer"})]),
    Span("ask model", 45, 95, "answer question 🐝", kind="client",
         attributes={"honeyhive_event_type": "model"}, event_type="model",
         links=[("search documents", {"why": "uses", "rank": 1}), ("look up user", {})]),
    Span("run later", 200, 201, kind="consumer", links=[("answer question 🐝", {"hops": 1})]),
]


class Numbers:
    """What becomes of numbers on the way to the server: each SDK's own doing."""

    def sent(self, value):
        return [self.sent(item) for item in value] if isinstance(value, list) else self.one(value)

    def one(self, value):
        return value


class JavaScriptNumbers(Numbers):
    """A number is a double, and an integral one an integer, as long as it has 64 bits."""

    def one(self, value):
        if type(value) not in (int, float) or not float(value).is_integer():
            return value
        number = float(value)
        return int(number) if INT64_MIN <= number <= INT64_MAX else number


class JavaScriptJsonNumbers(JavaScriptNumbers):
    """An integer gets the shortest digits that make its double again, then zeros. One that has no
    64 bits is sent as an integer all the same: the server keeps its digits as a text."""

    def one(self, value):
        number = super().one(value)
        if type(number) is int:
            return max(INT64_MIN, int(decimal.Decimal(repr(float(number)))))
        if type(number) is not float or not number.is_integer():
            return number
        return repr(number) if abs(number) >= 1e21 else str(int(decimal.Decimal(repr(number))))


def typed(attributes):
    """[{key, kind, value}], for a program in any language."""
    kinds = {str: "text", int: "int", float: "double", bool: "bool"}
    for key, value in attributes.items():
        items = value if isinstance(value, list) else [value]
        kind = kinds[type(items[0])] if items else "text"
        texts = [str(item) if kind == "int" else item for item in items]
        is_list = isinstance(value, list)
        yield {"key": key, "kind": kind + "s" * is_list, "value": texts if is_list else texts[0]}


def told():
    """The story as a client reads it."""
    def attributes(which):
        return list(typed(which))

    return {
        "resource": attributes(RESOURCE),
        "scope": {"name": "conformance", "version": "1.2.3"},
        "spans": [{
            "name": span.name, "kind": span.kind, "parent": span.parent,
            "start_ns": str(START_NS + span.start_ms * MS),
            "end_ns": str(START_NS + span.end_ms * MS),
            "attributes": attributes(span.attributes),
            "events": [{"name": name, "time_ns": str(START_NS + at_ms * MS),
                        "attributes": attributes(of)} for name, at_ms, of in span.events],
            "links": [{"to": to, "attributes": attributes(of)} for to, of in span.links],
            "status": {"code": span.status[0], "description": span.status[1]},
        } for span in SPANS]}


class Expected:
    """The server's answers, given the ids that the client's SDK chose."""

    def __init__(self, ids, numbers):
        self.ids = ids
        self.numbers = numbers
        self.session_trace = ids[SPANS[0].name]["trace_id"]  # one span names it, all belong to it

    def attributes(self, which):
        return {key: self.numbers.sent(value) for key, value in which.items()}

    def metadata(self, span):
        ids, parent = self.ids[span.name], self.ids.get(span.parent)
        lineage = ids | {"parent_span_id": parent["span_id"] if parent else None,
                         "has_otlp_lineage": True}
        return lineage | self.attributes({
            key: value for key, value in span.attributes.items()
            if key == "honeyhive_event_type" or not key.startswith("honeyhive")})

    def honeyhive(self, span):
        """The fields of HoneyHive's event, but for those that tell one event of another."""
        start_ns, metadata = START_NS + span.start_ms * MS, self.metadata(span)
        buckets = {name: {} for name in ("inputs", "outputs", "config", "metrics", "feedback",
                                         "user_properties")}
        return buckets | span.buckets | {
            "event_name": span.name, "event_type": span.event_type, "source": "unknown",
            "project_id": PROJECT, "metadata": metadata,
            "session_id": SESSION if metadata["trace_id"] == self.session_trace else None,
            "start_time": start_ns // MS, "end_time": (START_NS + span.end_ms * MS) // MS,
            "duration": float(span.end_ms - span.start_ms),
            "error": span.status[1] or None}

    def own(self, span):
        """What HoneyHive's event has no place for."""
        return {
            **self.metadata_ids(span), "project": PROJECT,
            "start_ns": str(START_NS + span.start_ms * MS),
            "end_ns": str(START_NS + span.end_ms * MS),
            "status": span.status[0], "status_description": span.status[1],
            "resource": self.attributes(RESOURCE), "scope": "conformance 1.2.3",
            "span_events": [
                {"time_ns": str(START_NS + at_ms * MS), "name": name,
                 "attributes": self.attributes(of)} for name, at_ms, of in span.events],
            "links": [self.ids[to] | {"attributes": self.attributes(of)} for to, of in span.links]}

    def metadata_ids(self, span):
        metadata = self.metadata(span)
        return {key: metadata[key] for key in ("trace_id", "span_id", "parent_span_id")}

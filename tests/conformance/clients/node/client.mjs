// Makes the spans of a story (../../story.py says which) with OpenTelemetry's SDK for JavaScript.
//
// usage: client.mjs json|protobuf < story.json; prints {"<span name>": {"trace_id": ...,
// "span_id": ...}}. The exporter reads its settings from OTEL_EXPORTER_OTLP_*. The packages are
// those of the folder it is started in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BasicTracerProvider, BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { OTLPTraceExporter } = require(
  `@opentelemetry/exporter-trace-otlp-${process.argv[2] === "json" ? "http" : "proto"}`);

const convert = {
  int: Number,
  ints: (texts) => texts.map(Number),
};

function attributesOf(attributes) {
  return Object.fromEntries(attributes.map(
    ({ key, kind, value }) => [key, (convert[kind] ?? ((same) => same))(value)]));
}

// Seconds and nanoseconds, which is what the SDK keeps.
function time(ns) {
  return [Number(BigInt(ns) / 1_000_000_000n), Number(BigInt(ns) % 1_000_000_000n)];
}

function tell(tracer, story) {
  const spans = new Map();
  for (const told of story.spans) {
    const parent = spans.get(told.parent);
    const context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const span = tracer.startSpan(told.name, {
      kind: SpanKind[told.kind.toUpperCase()],
      startTime: time(told.start_ns),
      attributes: attributesOf(told.attributes),
      links: told.links.map((link) => ({
        context: spans.get(link.to).spanContext(), attributes: attributesOf(link.attributes) })),
    }, context);
    for (const event of told.events) {
      span.addEvent(event.name, attributesOf(event.attributes), time(event.time_ns));
    }
    const { code, description } = told.status;
    span.setStatus({ code: SpanStatusCode[code.toUpperCase()], message: description || undefined });
    span.end(time(told.end_ns));
    spans.set(told.name, span);
  }
  return spans;
}

const story = JSON.parse(readFileSync(0, "utf8"));
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes(attributesOf(story.resource)),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
const spans = tell(provider.getTracer(story.scope.name, story.scope.version), story);
await provider.shutdown();
const ids = [...spans].map(([name, span]) => [name, span.spanContext()]);
console.log(JSON.stringify(Object.fromEntries(
  ids.map(([name, of]) => [name, { trace_id: of.traceId, span_id: of.spanId }]))));

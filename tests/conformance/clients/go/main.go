// Makes the spans of a story (../../story.py says what they are) with OpenTelemetry's Go SDK.
//
// usage: client < story.json; prints {"<span name>": {"trace_id": ..., "span_id": ...}}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type attr struct {
	Key   string
	Kind  string
	Value json.RawMessage
}

type event struct {
	Name       string
	TimeNs     string `json:"time_ns"`
	Attributes []attr
}

type link struct {
	To         string
	Attributes []attr
}

type status struct {
	Code        string
	Description string
}

type span struct {
	Name       string
	Kind       string
	Parent     string
	StartNs    string `json:"start_ns"`
	EndNs      string `json:"end_ns"`
	Attributes []attr
	Events     []event
	Links      []link
	Status     status
}

type story struct {
	Resource []attr
	Scope    struct{ Name, Version string }
	Spans    []span
}

type made struct {
	TraceID string `json:"trace_id"`
	SpanID  string `json:"span_id"`
}

var kinds = map[string]trace.SpanKind{
	"internal": trace.SpanKindInternal, "server": trace.SpanKindServer,
	"client": trace.SpanKindClient, "producer": trace.SpanKindProducer,
	"consumer": trace.SpanKindConsumer,
}

var statusCodes = map[string]codes.Code{"unset": codes.Unset, "ok": codes.Ok, "error": codes.Error}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func parsed[T any](text json.RawMessage) (value T) {
	must(json.Unmarshal(text, &value))
	return value
}

func integer(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return value
}

func keyValue(a attr) attribute.KeyValue {
	switch a.Kind {
	case "text":
		return attribute.String(a.Key, parsed[string](a.Value))
	case "int":
		return attribute.Int64(a.Key, integer(parsed[string](a.Value)))
	case "double":
		return attribute.Float64(a.Key, parsed[float64](a.Value))
	case "bool":
		return attribute.Bool(a.Key, parsed[bool](a.Value))
	case "texts":
		return attribute.StringSlice(a.Key, parsed[[]string](a.Value))
	case "ints":
		values := []int64{}
		for _, text := range parsed[[]string](a.Value) {
			values = append(values, integer(text))
		}
		return attribute.Int64Slice(a.Key, values)
	case "doubles":
		return attribute.Float64Slice(a.Key, parsed[[]float64](a.Value))
	case "bools":
		return attribute.BoolSlice(a.Key, parsed[[]bool](a.Value))
	}
	must(fmt.Errorf("an attribute of kind %q", a.Kind))
	return attribute.KeyValue{}
}

func keyValues(attributes []attr) (out []attribute.KeyValue) {
	for _, a := range attributes {
		out = append(out, keyValue(a))
	}
	return out
}

func at(ns string) time.Time { return time.Unix(0, integer(ns)) }

func tell(tracer trace.Tracer, spans []span) map[string]made {
	contexts := map[string]context.Context{"": context.Background()}
	ids := map[string]made{}
	for _, s := range spans {
		options := []trace.SpanStartOption{trace.WithSpanKind(kinds[s.Kind]),
			trace.WithTimestamp(at(s.StartNs)), trace.WithAttributes(keyValues(s.Attributes)...)}
		for _, l := range s.Links {
			options = append(options, trace.WithLinks(trace.Link{
				SpanContext: trace.SpanContextFromContext(contexts[l.To]),
				Attributes:  keyValues(l.Attributes)}))
		}
		ctx, open := tracer.Start(contexts[s.Parent], s.Name, options...)
		for _, e := range s.Events {
			open.AddEvent(e.Name, trace.WithTimestamp(at(e.TimeNs)),
				trace.WithAttributes(keyValues(e.Attributes)...))
		}
		open.SetStatus(statusCodes[s.Status.Code], s.Status.Description)
		open.End(trace.WithTimestamp(at(s.EndNs)))
		contexts[s.Name] = ctx
		ids[s.Name] = made{open.SpanContext().TraceID().String(), open.SpanContext().SpanID().String()}
	}
	return ids
}

func main() {
	var told story
	must(json.NewDecoder(os.Stdin).Decode(&told))
	// The exporter reads the address, as any other setting, from OTEL_EXPORTER_OTLP_ENDPOINT.
	exporter, err := otlptracehttp.New(context.Background())
	must(err)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter),
		sdk.WithResource(resource.NewSchemaless(keyValues(told.Resource)...)))
	tracer := provider.Tracer(told.Scope.Name, trace.WithInstrumentationVersion(told.Scope.Version))
	ids := tell(tracer, told.Spans)
	must(provider.Shutdown(context.Background()))
	must(json.NewEncoder(os.Stdout).Encode(ids))
}

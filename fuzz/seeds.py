#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: small inputs that get past the first checks.

usage: build/venv/bin/python fuzz/seeds.py
"""
import base64
import gzip
import json
import pathlib
import struct

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

CORPUS = pathlib.Path(__file__).with_name("corpus")
START_NS = 1_760_000_000_000_000_000


def write(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def span(number):
    made = Span(name=f"step {number}", trace_id=b"\x11" * 16, span_id=bytes([number] * 8),
                start_time_unix_nano=START_NS, end_time_unix_nano=START_NS + 1000)
    return made


def put(attributes, key, **value):
    item = attributes.add()
    item.key = key
    for kind, content in value.items():
        setattr(item.value, kind, content)


def rich_span():
    made = span(2)
    made.parent_span_id = b"\x01" * 8
    made.status.code, made.status.message = 2, "no"
    put(made.attributes, "honeyhive_event_type", string_value="model")
    put(made.attributes, "honeyhive_inputs.question", string_value="why?")
    put(made.attributes, "honeyhive_outputs", string_value='{"answer":1}')
    put(made.attributes, "gen_ai.usage.input_tokens", int_value=7)
    put(made.attributes, "flag", bool_value=True)
    put(made.attributes, "share", double_value=0.5)
    put(made.attributes, "raw", bytes_value=b"\xff\x00")
    array = made.attributes.add()
    array.key = "list"
    array.value.array_value.values.add().string_value = "a"
    nested = array.value.array_value.values.add().kvlist_value.values
    put(nested, "k", string_value="v")
    event = made.events.add(time_unix_nano=START_NS, name="exception")
    put(event.attributes, "exception.message", string_value="broken")
    link = made.links.add(trace_id=b"\x22" * 16, span_id=b"\x33" * 8)
    put(link.attributes, "why", string_value="retry")
    return made


def request(*spans):
    made = ExportTraceServiceRequest()
    resource_spans = made.resource_spans.add()
    put(resource_spans.resource.attributes, "honeyhive.project", string_value="p")
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = "tests", "1"
    scope_spans.spans.extend(spans)
    return made


def as_json(message, **options):
    """OTLP/JSON: protobuf's, but ids are hexadecimal."""
    made = json_format.MessageToDict(message, **options)
    to_hex(made)
    return made


def to_hex(value):
    for name, item in list(value.items()) if isinstance(value, dict) else []:
        if name.lower().replace("_", "") in ("traceid", "spanid", "parentspanid"):
            value[name] = base64.b64decode(item).hex()
        to_hex(item)
    for item in value if isinstance(value, list) else []:
        to_hex(item)


def logs():
    made = ExportLogsServiceRequest()
    resource_logs = made.resource_logs.add()
    put(resource_logs.resource.attributes, "honeyhive.project", string_value="p")
    scope_logs = resource_logs.scope_logs.add()
    log = scope_logs.log_records.add(time_unix_nano=START_NS, observed_time_unix_nano=START_NS + 1,
                                     severity_number=17, severity_text="ERROR",
                                     trace_id=b"\x11" * 16, span_id=b"\x22" * 8)
    log.body.string_value = "it broke"
    put(log.attributes, "honeyhive.record_id", string_value="i-1")
    put(log.attributes, "honeyhive.session_id", string_value="s")
    scope_logs.log_records.add().body.int_value = 3
    return made


def messages(role, text):
    return json.dumps([{"role": role, "parts": [
        {"type": "text", "content": text},
        {"type": "tool_call", "id": "c", "name": "look", "arguments": {"at": 1}}]}])


# One span for each convention and generation: what the server's mappings read.
CONVENTIONS = {
    "gen_ai": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "acme",
               "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3,
               "gen_ai.input.messages": messages("user", "why?"),
               "gen_ai.output.messages": messages("assistant", "so"),
               "gen_ai.system_instructions": '[{"type":"text","content":"brief"}]',
               "gen_ai.tool.call.arguments": '{"a": [1e2, 9007199254740993]}',
               "gen_ai.conversation.id": "c", "honeyhive_config.model": "own"},
    "gen_ai_deprecated": {"gen_ai.system": "acme", "gen_ai.prompt.0.role": "user",
                          "gen_ai.prompt.0.content": "why?", "gen_ai.prompt.10.content": "and?",
                          "gen_ai.prompt.1.tool_calls.0.name": "look",
                          "gen_ai.prompt.1.tool_calls.0.arguments": "{}",
                          "gen_ai.completion.0.content": "so", "gen_ai.prompt": "[{}]",
                          "gen_ai.usage.prompt_tokens": 4},
    "openinference": {"openinference.span.kind": "LLM", "llm.model_name": "m",
                      "input.value": '{"q": 1}', "input.mime_type": "application/json",
                      "llm.input_messages.0.message.role": "user",
                      "llm.input_messages.0.message.contents.0.message_content.text": "why?",
                      "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c",
                      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "look",
                      "llm.invocation_parameters": '{"temperature": 0.5, "model": "other"}',
                      "retrieval.documents.4294967295.document.metadata": '{"page": 3}',
                      "llm.tools.0.tool.json_schema": "{}", "metadata": '{"trace_id": "x", "k": 1}',
                      "session.id": "s", "k": "taken", "llm.token_count.prompt": 2},
    "traceloop": {"traceloop.span.kind": "workflow", "traceloop.entity.input": '{"args": []}',
                  "traceloop.association.properties.session_id": "s", "llm.request.type": "chat",
                  "traceloop.association.properties.trace_id": "t", "llm.usage.total_tokens": 5,
                  "llm.request.functions.0.parameters": "{}"},
    "vercel": {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m",
               "ai.prompt.messages": '[{"role":"user","content":"why?"}]',
               "ai.response.text": "so", "ai.response.toolCalls": "[{}]",
               "ai.usage.promptTokens": 1},
}


def follow(convention):
    made = span(3)
    for key, value in CONVENTIONS[convention].items():
        if isinstance(value, int):
            put(made.attributes, key, int_value=value)
        else:
            put(made.attributes, key, string_value=value)
    return made


def span_with_chat_events():
    made = span(4)
    for name, key, value in (
            ("gen_ai.user.message", "content", "why?"),
            ("gen_ai.tool.message", "gen_ai.event.content", '{"id": "c", "content": "x"}'),
            ("gen_ai.choice", "message", '{"message": {"content": [1]}}'),
            ("gen_ai.content.prompt", "gen_ai.prompt", '[{"role": "user"}]'),
            ("gen_ai.client.inference.operation.details", "gen_ai.output.messages",
             messages("assistant", "so"))):
        event = made.events.add(time_unix_nano=START_NS, name=name)
        put(event.attributes, key, string_value=value)
    return made


def write_conventions():
    for name in CONVENTIONS:
        write("otlp_ingest", f"{name}.pb", request(follow(name)))
    write("otlp_ingest", "gen_ai_events.pb", request(span_with_chat_events()))
    write("otlp_ingest", "all_conventions.pb", request(*map(follow, CONVENTIONS)))


def write_otlp():
    whole = request(span(1), rich_span())
    plain, nameless = request(span(1)), request(Span(name="lost"), span(1))
    write("otlp_decode", "plain.pb", plain.SerializeToString())
    write("otlp_decode", "rich.pb", whole.SerializeToString())
    write("otlp_decode", "zero_id.pb", nameless.SerializeToString())
    traces_json = json.dumps(as_json(whole)).encode()
    logs_json = json.dumps(as_json(logs())).encode()
    write("otlp_ingest", "plain.pb", b"\0" + plain.SerializeToString())
    write("otlp_ingest", "rich.pb", b"\0" + whole.SerializeToString())
    write("otlp_ingest", "zero_id.pb", b"\0" + nameless.SerializeToString())
    write("otlp_ingest", "logs.pb", b"\1" + logs().SerializeToString())
    write("otlp_ingest", "rich.json", b"\2" + traces_json)
    write("otlp_ingest", "logs.json", b"\3" + logs_json)
    write("otlp_json", "traces", b"\0" + traces_json)
    write("otlp_json", "proto_names", b"\0" + json.dumps(as_json(
        whole, preserving_proto_field_name=True, use_integers_for_enums=True)).encode())
    write("otlp_json", "logs", b"\1" + logs_json)
    write("otlp_json", "odd", b'\0{"resourceSpans":[null,{"scopeSpans":[{"spans":[{"kind":"2",'
          b'"name":"\\u00e9\\ud83d\\ude00\\ud800","name":null,"parentSpanId":null,"traceId":"xyz",'
          b'"startTimeUnixNano":1e3,"future":[{"a":[]},-0.5e+1],"attributes":[{"key":"k","value":'
          b'{"intValue":"99999999999999999999","doubleValue":"NaN","bytesValue":"-_-_AA"}},'
          b'{"key":"k","value":{"doubleValue":"-Infinity"}}]}]}]}]}')


def write_rest():
    session = {"session": {"project": "p", "session_name": "chat", "source": "dev",
                           "session_id": "s", "inputs": {"a": [1, None, "\u00e9"]},
                           "outputs": "text", "metadata": {"b": {"c": 1.5}}, "duration": 12.5,
                           "start_time": 1760000000000, "error": {"type": "x"}}}
    update = {"event_id": "s", "metadata": {"a": 2}, "outputs": {"x": "\U0001f600"},
              "metrics": {"m": 0.1}, "duration": 3, "end_time": 1760000000009, "error": "no"}
    event = {"event_type": "tool", "inputs": {"q": 1}, "event_id": "e", "session_id": "s",
             "parent_id": "p", "children_ids": ["c"], "outputs": [1, "\ud83d"], "duration": 2.5,
             "end_time": 1760000000000, "metadata": {"prompt_tokens": 3}, "error": None,
             "config": {"model": "m"}}
    model = {"model_name": "m", "messages": [{"role": "user"}], "response": "text", "cost": 0.5,
             "usage": {"prompt_tokens": 1}, "template_inputs": {"a": 1}, "tools": []}
    session_event = {"event_type": "session", "inputs": {}}
    single = {"single_session": True, "session_properties": {"session_name": "n"}}
    filters = [{"field": "metadata.a.b", "operator": "greater than", "value": 0, "type": "number"},
               {"field": "event_id", "operator": "is", "value": "E", "type": "string"}]
    bodies = [("session", session), ("update", update),
              ("session_v1", {"session_id": "s", "metadata": {}, "children_ids": ["c"]}),
              ("logs", {"logs": [event]}), ("add_v1", {"events": [event]}),
              ("event", {"event": event}), ("event_v1", event), ("model", {"model_event": model}),
              ("batch", {"events": [event, session_event], "is_single_session": True,
                         "session": {"metadata": {"m": 1}}}),
              ("batch_v1", {"events": [event], **single}),
              ("model_batch", {"model_events": [model, {}], **single}),
              ("update_v1", {"outputs": {}, "children_ids": ["c"]}),
              ("search", {"filters": filters, "dateRange": {"start_time": 1}, "limit": 10}),
              ("export", {"filters": filters, "dateRange": {"$gte": "2026-11-20T08:00:00Z"},
                          "projections": ["metadata.a"], "evaluation_id": "r", "page": 2})]
    for choice, (name, body) in enumerate(bodies):
        text = json.dumps(body, ensure_ascii=choice != 1)
        write("rest_body", name + ".json", bytes([choice]) + text.encode())


def write_log():
    write("log_replay", "whole", b"\0")
    write("log_replay", "overwritten", b"\0\0\1\0\4abcd")
    write("log_replay", "cut", b"\0\3\2\0\0")
    write("log_replay", "repeated", b"\0\2\0\x60\x20" + bytes(32))
    write("log_replay", "empty_segment", b"\1")
    trace, span_id = b"\x11" * 16, b"\x22" * 8
    record = b"\x08\1\x1a\x08" + span_id + b"\x3a\4tool" + b"\x71" + struct.pack("<q", START_NS)
    records = b"\x0a" + bytes([len(record)]) + record
    spans = b"\0" + bytes([len(trace)]) + trace + b"\1" + struct.pack(">H", len(records)) + records
    session = b"\x08\2\x12\1s\x2a\1s\x9a\x01\x02{}"
    records = b"\x0a" + bytes([len(session)]) + session
    start = b"\1\1s\1" + struct.pack(">H", len(records)) + records
    write("log_replay", "frames", b"\2" + spans + start)
    log = (b"\x08\5\x12\3i-1\x2a\1s\x71" + struct.pack("<q", START_NS) + b"\x82\3\4\"hi\""
           + b"\x92\3\4info")
    records = 2 * (b"\x0a" + bytes([len(log)]) + log)
    logs_of_session = b"\3\2ss\2" + struct.pack(">H", len(records)) + records
    write("log_replay", "logs", b"\2" + logs_of_session + start + logs_of_session)

    def chosen(first, following=0, catalogue=0):
        return bytes([first + 3 * following + 12 * catalogue])

    def after(segment, offset, contents=b""):
        return struct.pack(">HHB", segment, offset, len(contents)) + contents

    for catalogue, of in enumerate(("none", "old", "other")):
        write("log_replay", f"two_segments_{of}", chosen(0, 1, catalogue))
        write("log_replay", f"two_damaged_{of}", chosen(0, 1, catalogue) + b"\0\1\0\4abcd")
    write("log_replay", "void_tail", chosen(2, 2) + after(1, 48, spans) + start)
    write("log_replay", "void_within", chosen(0, 2) + after(1, 0x120, start))
    write("log_replay", "void_segment", chosen(0, 3) + after(0, 0))
    write("log_replay", "names_itself", chosen(2, 3) + after(3, 48, start) + spans)
    # Of a newer version, where an old catalogue does not look.
    write("log_replay", "newer_behind", bytes.fromhex(
        "1212121212120008022303850100030000040100616263647c7e626364000461000000000000"
        "0000000000000000000062630004616263643f361208ededed0000000000000001ededededed"))


def write_gzip():
    member = gzip.compress(b"one two one two one two", mtime=0)
    write("inflate", "member", b"\0" + member)
    write("inflate", "members", b"\0" + member + gzip.compress(b"", mtime=0) + member)
    write("inflate", "cut", b"\0" + member[:-5])
    write("inflate", "text", b"\1one two one two")


def write_answers():
    event = {"event_id": "e", "trace_id": "11" * 16, "span_id": "22" * 8, "parent_span_id": "",
             "session_id": "s", "project": "p", "event_type": "model", "event_name": "chat",
             "status": "error", "model": "m", "tokens_in": 3,
             "start_ns": str(START_NS), "end_ns": str(START_NS + 9),
             "inputs": {"messages": [{"role": "user", "content": "why\x1b[2J?"}]},
             "outputs": {"content": "because\u202e\n\tso"}, "metadata": {"a": [1, 2.5, None]},
             "span_events": [{"name": "exception", "attributes": {"exception.type": "T"}}]}
    tree = {"trace_id": "11" * 16, "project": "p", "other_projects": ["q"], "events": [event]}
    row = {"project": "p", "trace_id": "11" * 16, "session_id": "s", "name": "n",
           "start_ns": str(START_NS), "duration_ms": 1.5, "spans": 1, "errors": 0,
           "tokens_in": 1, "tokens_out": 2}
    for number, (name, answer) in enumerate({
            "tree.json": tree, "full.json": tree, "event.json": event,
            "list.json": {"traces": [row], "next": "c"}}.items()):
        text = json.dumps(answer, ensure_ascii=number % 2 == 0).encode()
        write("cli_answers", name, bytes([0x41 + 6 * number]) + text)


def write_spans():
    made = rich_span()
    put(made.attributes, "flag", string_value="again")
    write("sdk_scrub", "rich.pb", b"\0" + made.SerializeToString())
    write("sdk_scrub", "broken_text", b"\0" + span(1).SerializeToString() + b"\x2a\2\xff\xfe")
    write("sdk_scrub", "ours", b"\1\4name\1\1k\1v\1\1k\2w\xff\0\1p")


def write_headers():
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    for name, header in {"parent": f"00-{trace}-{parent}-01",
                         "later_parent": f" cc-{trace}-{parent}-03-later ",
                         "capital_parent": f"00-{trace.upper()}-{parent}-01"}.items():
        write("w3c_headers", name, b"\0" + header.encode())
    long_members = ",".join(f"{key}={key * 140}" for key in "abcd")
    for name, lines in {"state": "rojo=00f067aa0ba902b7 ,\tcongo=t61rcWkgMzE,,\nrojo=again",
                        "long_state": long_members + ",e@f= 1",
                        "many_states": ",".join(f"k{i}={i}" for i in range(32))}.items():
        write("w3c_headers", name, b"\1" + lines.encode())
    for name, lines in {"baggage": "session_id = Am%C3%A9lie ;p;k=v,project=a+b\nsource=%ff%",
                        "aliases": "honeyhive.session_id=1,honeyhive_project=%41,run_id=r",
                        "invalid": "session_id,=,project=a b,dataset_id=\x7f,run_id=r"}.items():
        write("w3c_headers", name, b"\2" + lines.encode())
    write("w3c_headers", "values", b"\3" + bytes(range(1, 25)) + b"\3\2id\3a b\xff\xfe,")


if __name__ == "__main__":
    for write_seeds in (write_otlp, write_conventions, write_rest, write_log, write_gzip,
                        write_answers, write_spans, write_headers):
        write_seeds()

#include "otlp/json_schema.h"

#include "otlp/fields.h"

namespace honeyhive::otlp {
namespace {

using Type = JsonField::Type;

constexpr std::string_view span_kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                           "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                           "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};

constexpr std::string_view status_codes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                             "STATUS_CODE_ERROR"};

constexpr std::string_view severities[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE",  "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",      "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",      "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",        "SEVERITY_NUMBER_INFO2",  "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",       "SEVERITY_NUMBER_WARN",   "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",       "SEVERITY_NUMBER_WARN4",  "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",      "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",       "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4"};

extern const JsonMessage key_value, array_value, key_value_list;

constexpr JsonField any_value_fields[] = {
    {"stringValue", "string_value", field::any_value::string, Type::text},
    {"boolValue", "bool_value", field::any_value::boolean, Type::boolean},
    {"intValue", "int_value", field::any_value::integer, Type::int64},
    {"doubleValue", "double_value", field::any_value::number, Type::number},
    {"arrayValue", "array_value", field::any_value::array, Type::message, &array_value},
    {"kvlistValue", "kvlist_value", field::any_value::kvlist, Type::message, &key_value_list},
    {"bytesValue", "bytes_value", field::any_value::bytes, Type::bytes}};

constexpr JsonField array_value_fields[] = {
    {"values", "values", field::list::values, Type::messages, &any_value_json}};

constexpr JsonField key_value_list_fields[] = {
    {"values", "values", field::list::values, Type::messages, &key_value}};

constexpr JsonField key_value_fields[] = {
    {"key", "key", field::key_value::key, Type::text},
    {"value", "value", field::key_value::value, Type::message, &any_value_json}};

const JsonMessage key_value = {"KeyValue", key_value_fields};
const JsonMessage array_value = {"ArrayValue", array_value_fields};
const JsonMessage key_value_list = {"KeyValueList", key_value_list_fields};

constexpr JsonField resource_fields[] = {
    {"attributes", "attributes", field::resource::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count",
     field::resource::dropped_attributes_count, Type::uint32}};
const JsonMessage resource = {"Resource", resource_fields};

constexpr JsonField scope_fields[] = {
    {"name", "name", field::scope::name, Type::text},
    {"version", "version", field::scope::version, Type::text},
    {"attributes", "attributes", field::scope::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count", field::scope::dropped_attributes_count,
     Type::uint32}};
const JsonMessage scope = {"InstrumentationScope", scope_fields};

constexpr JsonField event_fields[] = {
    {"timeUnixNano", "time_unix_nano", field::event::time, Type::fixed64},
    {"name", "name", field::event::name, Type::text},
    {"attributes", "attributes", field::event::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count", field::event::dropped_attributes_count,
     Type::uint32}};
const JsonMessage event = {"Span.Event", event_fields};

constexpr JsonField link_fields[] = {
    {"traceId", "trace_id", field::link::trace_id, Type::reference},
    {"spanId", "span_id", field::link::span_id, Type::reference},
    {"traceState", "trace_state", field::link::trace_state, Type::text},
    {"attributes", "attributes", field::link::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count", field::link::dropped_attributes_count,
     Type::uint32},
    {"flags", "flags", field::link::flags, Type::fixed32}};
const JsonMessage link = {"Span.Link", link_fields};

constexpr JsonField status_fields[] = {
    {"message", "message", field::status::message, Type::text},
    {"code", "code", field::status::code, Type::enumeration, nullptr, status_codes}};
const JsonMessage status = {"Status", status_fields};

constexpr JsonField span_fields[] = {
    {"traceId", "trace_id", field::span::trace_id, Type::id},
    {"spanId", "span_id", field::span::span_id, Type::id},
    {"traceState", "trace_state", field::span::trace_state, Type::text},
    {"parentSpanId", "parent_span_id", field::span::parent_span_id, Type::id},
    {"name", "name", field::span::name, Type::text},
    {"kind", "kind", field::span::kind, Type::enumeration, nullptr, span_kinds},
    {"startTimeUnixNano", "start_time_unix_nano", field::span::start_time, Type::fixed64},
    {"endTimeUnixNano", "end_time_unix_nano", field::span::end_time, Type::fixed64},
    {"attributes", "attributes", field::span::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count", field::span::dropped_attributes_count,
     Type::uint32},
    {"events", "events", field::span::events, Type::messages, &event},
    {"droppedEventsCount", "dropped_events_count", field::span::dropped_events_count, Type::uint32},
    {"links", "links", field::span::links, Type::messages, &link},
    {"droppedLinksCount", "dropped_links_count", field::span::dropped_links_count, Type::uint32},
    {"status", "status", field::span::status, Type::message, &status},
    {"flags", "flags", field::span::flags, Type::fixed32}};
const JsonMessage span = {"Span", span_fields};

constexpr JsonField scope_spans_fields[] = {
    {"scope", "scope", field::scope_spans::scope, Type::message, &scope},
    {"spans", "spans", field::scope_spans::spans, Type::messages, &span},
    {"schemaUrl", "schema_url", field::scope_spans::schema_url, Type::text}};
const JsonMessage scope_spans = {"ScopeSpans", scope_spans_fields};

constexpr JsonField resource_spans_fields[] = {
    {"resource", "resource", field::resource_spans::resource, Type::message, &resource},
    {"scopeSpans", "scope_spans", field::resource_spans::scope_spans, Type::messages, &scope_spans},
    {"schemaUrl", "schema_url", field::resource_spans::schema_url, Type::text}};
const JsonMessage resource_spans = {"ResourceSpans", resource_spans_fields};

constexpr JsonField trace_request_fields[] = {{"resourceSpans", "resource_spans",
                                               field::request::resource_spans, Type::messages,
                                               &resource_spans}};

constexpr JsonField log_record_fields[] = {
    {"timeUnixNano", "time_unix_nano", field::log_record::time, Type::fixed64},
    {"observedTimeUnixNano", "observed_time_unix_nano", field::log_record::observed_time,
     Type::fixed64},
    {"severityNumber", "severity_number", field::log_record::severity_number, Type::enumeration,
     nullptr, severities},
    {"severityText", "severity_text", field::log_record::severity_text, Type::text},
    {"body", "body", field::log_record::body, Type::message, &any_value_json},
    {"attributes", "attributes", field::log_record::attributes, Type::messages, &key_value},
    {"droppedAttributesCount", "dropped_attributes_count",
     field::log_record::dropped_attributes_count, Type::uint32},
    {"flags", "flags", field::log_record::flags, Type::fixed32},
    {"traceId", "trace_id", field::log_record::trace_id, Type::id},
    {"spanId", "span_id", field::log_record::span_id, Type::id},
    {"eventName", "event_name", field::log_record::event_name, Type::text}};
const JsonMessage log_record = {"LogRecord", log_record_fields};

constexpr JsonField scope_logs_fields[] = {
    {"scope", "scope", field::scope_spans::scope, Type::message, &scope},
    {"logRecords", "log_records", field::scope_spans::spans, Type::messages, &log_record},
    {"schemaUrl", "schema_url", field::scope_spans::schema_url, Type::text}};
const JsonMessage scope_logs = {"ScopeLogs", scope_logs_fields};

constexpr JsonField resource_logs_fields[] = {
    {"resource", "resource", field::resource_spans::resource, Type::message, &resource},
    {"scopeLogs", "scope_logs", field::resource_spans::scope_spans, Type::messages, &scope_logs},
    {"schemaUrl", "schema_url", field::resource_spans::schema_url, Type::text}};
const JsonMessage resource_logs = {"ResourceLogs", resource_logs_fields};

constexpr JsonField logs_request_fields[] = {{"resourceLogs", "resource_logs",
                                              field::request::resource_spans, Type::messages,
                                              &resource_logs}};

static_assert(std::size(span_fields) <= most_json_fields);

}  // namespace

const JsonMessage any_value_json = {"AnyValue", any_value_fields};
const JsonMessage trace_request_json = {"ExportTraceServiceRequest", trace_request_fields};
const JsonMessage logs_request_json = {"ExportLogsServiceRequest", logs_request_fields};

}  // namespace honeyhive::otlp

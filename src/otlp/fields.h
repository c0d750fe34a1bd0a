#pragma once

// Field numbers of OTLP traces and logs, shared by both directions.
//
// Source: opentelemetry-proto 1.10, trace/v1/trace.proto, logs/v1/logs.proto,
// common/v1/common.proto, resource/v1/resource.proto, collector/trace/v1/trace_service.proto,
// collector/logs/v1/logs_service.proto.

#include <cstdint>

namespace honeyhive::otlp::field {

namespace request {  // ExportTraceServiceRequest; of logs: resource_logs
inline constexpr std::uint32_t resource_spans = 1;
}
namespace response {  // ExportTraceServiceResponse, and that of logs
inline constexpr std::uint32_t partial_success = 1;
}
namespace partial_success {  // ExportTracePartialSuccess; of logs: rejected_log_records
inline constexpr std::uint32_t rejected_spans = 1, error_message = 2;
}
namespace resource_spans {  // and ResourceLogs
inline constexpr std::uint32_t resource = 1, scope_spans = 2, schema_url = 3;
}
namespace resource {
inline constexpr std::uint32_t attributes = 1, dropped_attributes_count = 2;
}
namespace scope_spans {  // and ScopeLogs, whose items are log_records
inline constexpr std::uint32_t scope = 1, spans = 2, schema_url = 3;
}
namespace scope {  // InstrumentationScope
inline constexpr std::uint32_t name = 1, version = 2, attributes = 3, dropped_attributes_count = 4;
}
namespace span {
inline constexpr std::uint32_t trace_id = 1, span_id = 2, trace_state = 3, parent_span_id = 4,
                               name = 5, kind = 6, start_time = 7, end_time = 8, attributes = 9,
                               dropped_attributes_count = 10, events = 11,
                               dropped_events_count = 12, links = 13, dropped_links_count = 14,
                               status = 15, flags = 16;
}
namespace event {  // Span.Event
inline constexpr std::uint32_t time = 1, name = 2, attributes = 3, dropped_attributes_count = 4;
}
namespace link {  // Span.Link
inline constexpr std::uint32_t trace_id = 1, span_id = 2, trace_state = 3, attributes = 4,
                               dropped_attributes_count = 5, flags = 6;
}
namespace status {
inline constexpr std::uint32_t message = 2, code = 3;
}
namespace log_record {
inline constexpr std::uint32_t time = 1, severity_number = 2, severity_text = 3, body = 5,
                               attributes = 6, dropped_attributes_count = 7, flags = 8,
                               trace_id = 9, span_id = 10, observed_time = 11, event_name = 12;
}
namespace key_value {
inline constexpr std::uint32_t key = 1, value = 2;
}
namespace any_value {
inline constexpr std::uint32_t string = 1, boolean = 2, integer = 3, number = 4, array = 5,
                               kvlist = 6, bytes = 7;
}
namespace list {  // ArrayValue and KeyValueList
inline constexpr std::uint32_t values = 1;
}

}  // namespace honeyhive::otlp::field

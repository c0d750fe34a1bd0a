#pragma once

// The bounds on what comes from outside, in one place. Those of a format are with its code.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace honeyhive::core::limits {

// -- recording (per span; what exceeds one is cut, marked and counted, or left out and counted)
inline constexpr std::size_t key_bytes = 256;
inline constexpr std::size_t value_bytes = 1 << 20;
inline constexpr std::size_t name_bytes = 4096;
inline constexpr std::uint32_t attributes_per_span = 1024;
inline constexpr std::uint32_t events_per_span = 1024;
inline constexpr std::size_t value_depth = 16;
inline constexpr std::size_t span_bytes = 4 << 20;  // encoded; and at most a quarter of the buffer

// -- headers of a request that the program got: who called it
inline constexpr std::size_t tracestate_members = 32;  // W3C; with more, the list is dropped
inline constexpr std::size_t tracestate_bytes = 512;   // passed on; W3C: at least so many
inline constexpr std::size_t baggage_bytes = 8192;     // read; W3C: at least so many
inline constexpr std::size_t baggage_value_bytes = 256;

// -- sessions
inline constexpr std::uint32_t sessions_alive = 1
                                                << 20;  // of a process, with unsent spans or in use
inline constexpr std::size_t session_body_bytes = 1 << 20;  // of a start or an update

// -- the SDK: the environment
inline constexpr std::size_t resource_variable_bytes = 16 << 10;
inline constexpr std::size_t resource_attributes = 128;

// -- how the SDK's requests travel
inline constexpr std::size_t network_setting_bytes = 4096;  // a path, a URL, a list of hosts
inline constexpr std::size_t pem_file_bytes = 4 << 20;      // the system's CAs: 220 KB

// -- server: requests
inline constexpr std::size_t header_bytes = 16 << 10;
inline constexpr std::size_t encoded_body_bytes = 16 << 20;
inline constexpr std::size_t decoded_body_bytes = 64 << 20;
inline constexpr std::size_t inflate_ratio = 200;
inline constexpr std::size_t inflate_ratio_floor = 1 << 20;  // below it any ratio is harmless
inline constexpr std::size_t json_body_bytes = 8 << 20;      // HoneyHive's hosted service: 5 MB
inline constexpr std::size_t filter_body_bytes = 1 << 20;
inline constexpr std::chrono::seconds body_time{30};  // for the whole body, from the head on
inline constexpr std::chrono::seconds idle_time{75};  // for the next head, or a piece of an answer
inline constexpr std::size_t decoded_bytes_in_flight = 256 << 20;
inline constexpr std::size_t connections = 1024;
inline constexpr std::size_t tail_subscribers = 64;
inline constexpr std::size_t json_depth = 64;

// -- server: answers
inline constexpr std::size_t read_bytes = 512 << 20;  // of memory for what one read finds
inline constexpr std::size_t export_events = 7500;    // per page
inline constexpr std::size_t search_events = 1000;    // per page
inline constexpr std::size_t schema_fields = 10'000;
inline constexpr std::size_t export_events_examined = 1'000'000;
inline constexpr std::size_t export_answer_bytes = 64 << 20;
inline constexpr std::size_t list_page = 10'000;
inline constexpr std::size_t event_candidates = 100'000;  // traces that one event is looked for in

// -- server: decoded OTLP
inline constexpr std::size_t any_value_depth = 32;
inline constexpr std::size_t otlp_json_depth =
    1024;  // of JSON that is skipped: the rest ends above
inline constexpr std::size_t attributes_per_list = 10'000;
inline constexpr std::size_t received_key_bytes = 1024;  // a bucket's prefix comes on top of ours
inline constexpr std::size_t links_per_span = 1024;
inline constexpr std::size_t received_span_bytes = 16 << 20;    // JSON may take 6 times as much
inline constexpr std::size_t items_per_request = 1 << 16;       // an event takes 1 KB, a span 30 B
inline constexpr std::size_t request_events_bytes = 128 << 20;  // in memory, of all its spans
inline constexpr std::size_t resource_bytes = 64 << 10;         // as JSON: each span gets a copy
inline constexpr std::size_t project_bytes = 256;
inline constexpr std::size_t session_id_bytes = 256;
inline constexpr std::size_t json_in_text_bytes = 1 << 20;  // of an attribute: taken apart

// -- command line
inline constexpr std::size_t small_file_bytes = 64 << 10;  // server.json, token
inline constexpr std::size_t answer_bytes = 256 << 20;     // a trace of 50,000 spans
inline constexpr std::size_t stream_event_bytes = 16 << 20;

}  // namespace honeyhive::core::limits

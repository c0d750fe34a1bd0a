#pragma once

// Enrichment: adds data to the current span, or to a session, from anywhere below it.
//
// clang-format off
//   enrich_span({{"user_id", id}, {"score", 0.95}});                 -> honeyhive_metadata.*
//   enrich_span({.metrics = {{"latency_ms", 150}}, .error = text});  -> the namespaces
//   enrich_span({.metadata = {{"a", 1}}}, {{"feature", "chat"}});    both; the last of a key wins
// clang-format on
//
// All functions are thread-safe, never throw and never block on the network.
//
// Source: Decorators API reference, "enrich_span()" and "enrich_session()".

#include <cstddef>
#include <string_view>

#include "honeyhive/value.h"

#pragma GCC visibility push(default)
namespace honeyhive {

class HoneyHiveTracer;

namespace detail {

// First member of option structs: makes them keyword-only, and usable only in the call they are
// written in.
struct NamedOnly {
  NamedOnly() = default;
  NamedOnly(const NamedOnly&) = delete;
  NamedOnly& operator=(const NamedOnly&) = delete;
};

}  // namespace detail

// Keyword arguments of `enrich_span`, in the order they must be written.
struct EnrichOptions {
  detail::NamedOnly named_only = {};
  Attributes metadata = {};                 // business context -> honeyhive_metadata.*
  Attributes metrics = {};                  // measurements -> honeyhive_metrics.*
  Attributes feedback = {};                 // ratings -> honeyhive_feedback.*
  Attributes inputs = {};                   // -> honeyhive_inputs.*
  Attributes outputs = {};                  // -> honeyhive_outputs.*
  Attributes config = {};                   // model settings -> honeyhive_config.*
  std::string_view error = {};              // -> honeyhive_error
  std::string_view event_id = {};           // -> honeyhive_event_id
  const HoneyHiveTracer* tracer = nullptr;  // free function only: a span of this tracer
};

// Adds to the current span. False, and nothing was recorded: there is none, or it is not sampled,
// or another thread kept it busy.
bool enrich_span(EnrichOptions&& options, Attributes&& metadata = {}) noexcept;
template <std::size_t N>
bool enrich_span(const Attribute (&metadata)[N]) noexcept {
  return enrich_span(EnrichOptions{}, Attributes(metadata, N));
}
template <detail::object_like T>
bool enrich_span(const T& metadata) noexcept {
  return enrich_span(EnrichOptions{}, Attributes(metadata));
}

// Keyword arguments of `enrich_session`. At most 1 MiB of JSON together.
struct SessionUpdate {
  detail::NamedOnly named_only = {};
  // Default: the session of the current context, else the tracer's.
  std::string_view session_id = {};
  Attributes metadata = {};  // merged with what is there, as are the others but `outputs`
  Attributes inputs = {};
  Attributes outputs = {};  // replaces what is there
  Attributes config = {};
  Attributes feedback = {};
  Attributes metrics = {};
  Attributes user_properties = {};  // a field of its own in the backend
};

// Adds to a session, through the current tracer (`current_tracer`). Trailing pairs go to its
// metadata. What can never be delivered is counted (`session_calls_dropped`).
void enrich_session(SessionUpdate&& update, Attributes&& metadata = {}) noexcept;
void enrich_session(std::string_view session_id,
                    SessionUpdate&& update) noexcept;  // legacy positional form

}  // namespace honeyhive
#pragma GCC visibility pop

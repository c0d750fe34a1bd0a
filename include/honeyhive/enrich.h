#pragma once

// Enrichment: adds data to the current span from anywhere below it.
//
// clang-format off
//   enrich_span({{"user_id", id}, {"score", 0.95}});                 -> honeyhive_metadata.*
//   enrich_span({.metrics = {{"latency_ms", 150}}, .error = text});  -> the namespaces
//   enrich_span({.metadata = {{"a", 1}}}, {{"feature", "chat"}});    both; the last of a key wins
// clang-format on
//
// All functions are thread-safe, never throw and never block on the network.
//
// Source: Decorators API reference, "enrich_span()".

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

}  // namespace honeyhive
#pragma GCC visibility pop

#pragma once

// What the benchmarks and the hot path's tests record: a captured call of a language model, the
// README's "span b": name, kind client, five short attributes, four of 64 bytes, one
// prompt of 2,048 bytes, status OK. On the wire it takes 2.7 KB.

#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "honeyhive/tracer.h"

namespace honeyhive::bench {

struct TextAttribute {
  std::string_view key, value;
};

extern const std::array<TextAttribute, 9> call_attributes;  // all but the prompt
inline constexpr std::string_view call_name = "chat gpt-4o-mini";
inline constexpr std::string_view prompt_key = "gen_ai.prompt.0.content";
inline constexpr std::size_t prompt_bytes = 2048;

// For single attributes: keys of 17 bytes, a value of 11.
inline constexpr std::size_t short_attributes = 32;
extern const std::array<std::string, short_attributes> short_keys;
inline constexpr std::string_view short_value = "gpt-4o-mini";

inline void set_call(Span& span, std::string_view prompt) {
  for (const TextAttribute& attribute : call_attributes) {
    span.set_attribute(attribute.key, attribute.value);
  }
  span.set_attribute(prompt_key, prompt);
  span.set_status(StatusCode::ok);
}

inline void record_call(const HoneyHiveTracer& tracer, std::string_view prompt) {
  Span span = tracer.trace(call_name, {.kind = SpanKind::client});
  set_call(span, prompt);
}

inline std::int64_t clock_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// A tracer that sends to `url` and loses nothing for want of room.
HoneyHiveTracer open_tracer(const std::string& url, double sample_rate = 1);

// Spans read the clock by the processor's tick counter once the worker has measured it, about a
// second after the first tracer was made: what a program that lives longer has. False: they ask the
// system, for this machine has no counter that its kernel trusts.
bool wait_for_tick_clock();

}  // namespace honeyhive::bench

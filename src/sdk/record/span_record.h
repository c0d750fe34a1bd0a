#pragma once

// The parts of a span's record that are written at its start and at its end; attributes, events and
// what else comes between are record/span_writer.h's.
//
// Source: opentelemetry-proto, Span.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/inline.h"
#include "otlp/encode.h"
#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

namespace span_record {

namespace field = otlp::field;
using otlp::put_raw;
using otlp::tag_byte;
using otlp::Wire;

// Source: opentelemetry-proto, SpanFlags: bits 0 to 7 are the W3C flags (sampled), bit 8 says that
// bit 9 (parent is remote) is known.
inline constexpr std::uint32_t local_sampled_flags = 0x101;

template <char Tag, std::size_t Size>
HH_INLINE char* put_id(char* out, const void* id) noexcept {
  *out++ = Tag;
  *out++ = static_cast<char>(Size);
  std::memcpy(out, id, Size);
  return out + Size;
}
inline constexpr char trace_id_tag = tag_byte(field::span::trace_id, Wire::bytes);
inline constexpr char span_id_tag = tag_byte(field::span::span_id, Wire::bytes);
inline constexpr char parent_id_tag = tag_byte(field::span::parent_span_id, Wire::bytes);

// Everything of a record that is known at its start. The buffer has room.
HH_INLINE void write_start(SpanState& span, const std::uint64_t* parent_id, std::string_view name,
                           std::uint8_t kind) noexcept {
  char* out = span.buffer + otlp::record_frame_bytes;
  out = put_id<trace_id_tag, 16>(out, span.trace_id);
  out = put_id<span_id_tag, 8>(out, &span.span_id);
  if (parent_id != nullptr) out = put_id<parent_id_tag, 8>(out, parent_id);
  *out++ = tag_byte(field::span::name, Wire::bytes);
  out = otlp::put_length(out, name.size());
  out = name.size() <= longest_short_text ? otlp::put_short_bytes(out, name.data(), name.size())
                                          : otlp::put_bytes(out, name.data(), name.size());
  *out++ = tag_byte(field::span::kind, Wire::varint);
  *out++ = static_cast<char>(kind);
  *out++ = tag_byte(field::span::start_time, Wire::fixed64);
  out = put_raw(out, span.start_ns);
  span.size = static_cast<std::uint32_t>(out - span.buffer);
}

// The rest of a record: what is known only at the end. Returns the size it then has; the span's is
// unchanged, so that it can be written again. The buffer has room (`SpanWriter` keeps it).
HH_INLINE std::uint32_t write_usual_end(const SpanState& span, std::uint64_t end_ns) noexcept {
  char* out = span.buffer + span.size;
  *out++ = tag_byte(field::span::end_time, Wire::fixed64);
  out = put_raw(out, end_ns);
  constexpr std::uint32_t flags_tag = otlp::tag(field::span::flags, Wire::fixed32);
  out = put_raw(out, static_cast<std::uint16_t>((flags_tag & 0x7f) | 0x80 | flags_tag >> 7 << 8));
  out = put_raw(out, local_sampled_flags);
  return static_cast<std::uint32_t>(out - span.buffer);
}

}  // namespace span_record

}  // namespace honeyhive::sdk

#pragma once

// Which of HoneyHive's types a span has.
//
// Source: the rules of HoneyHive's own SDK (1.5), applied to the whole span instead of what is
// known at its start; the kinds of operation that the other conventions name.

#include <optional>
#include <string_view>

#include "otlp/decode.h"

namespace honeyhive::server {

// "model", "tool", "chain" or "session" if `text` is one of them in any case.
std::optional<std::string_view> known_event_type(std::string_view text) noexcept;

// From name and attributes: "model", "tool" or "chain". Whatever type the span states is ignored.
std::string_view infer_event_type(const otlp::SpanView& span) noexcept;

}  // namespace honeyhive::server

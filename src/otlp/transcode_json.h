#pragma once

// OTLP requests in JSON, as the protobuf bytes that mean the same: what reads those (decode.h) is
// the only judge of a request, whatever it came in.
//
// Taken is what the JSON encoding of OTLP says, what any reader of protobuf's JSON must take (names
// of fields as in the .proto file, 64-bit integers as numbers or strings, unknown fields), and what
// HoneyHive's SDKs send: names of enums, and null for whatever is not there. Of a name that comes
// again the last value counts. Text stays as it was sent, valid UTF-8 or not.
//
// One pass without a tree; memory in proportion to the body. An AnyValue below `any_value_depth` is
// left empty: the decoder does not look into those either. Thread-safe: no state.

#include <string>
#include <string_view>

#include "core/result.h"

namespace honeyhive::otlp {

// Stands for an id that is no hexadecimal text. No id is that long: so it costs its span only. Ids
// of links, which need not be right, are left out instead.
inline constexpr std::string_view malformed_id = "no hex";

// Error: `malformed_data`, with the byte and the field near it, for text that is not JSON or has
// values of wrong types; `limit_exceeded` for a body above the bound.
core::Result<std::string> trace_request_from_json(std::string_view json);
core::Result<std::string> logs_request_from_json(std::string_view json);

}  // namespace honeyhive::otlp

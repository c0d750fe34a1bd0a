#pragma once

// The header `baggage`, as far as it is ours: the session that a request belongs to. What else it
// holds is neither read nor passed on, as it may be anything about anybody. Thread-safe: pure
// functions. Bounds: 8,192 characters of all lines together (`limits::baggage_bytes`), and with
// them the number of members and properties; 256 bytes per value (`limits::baggage_value_bytes`).
//
// Source: W3C Baggage, "Definition" and "Limits"; names and aliases: those of HoneyHive's Python
// SDK.

#include <span>
#include <string>
#include <string_view>

namespace honeyhive::sdk {

struct Baggage {
  std::string_view session_id;  // "": absent, as all
  std::string_view project;
  std::string_view source;
  std::string_view run_id;
  std::string_view dataset_id;
  std::string_view datapoint_id;

  friend bool operator==(const Baggage&, const Baggage&) noexcept = default;
};

// Of all lines of this name. A member that is invalid, longer than its bound or cut by the bound of
// all is skipped; properties are ignored. Of a repeated key the last value counts; of session,
// project and source, the name we write counts before `honeyhive_<name>` and `honeyhive.<name>`.
// Values are UTF-8 (U+FFFD where they were not) and views of `lines`, or of `decoded` where they
// had percent signs: only these allocate, once. `decoded` must stay where it is meanwhile.
Baggage parse_baggage(std::span<const std::string_view> lines, std::string& decoded);

// One line, in the order above, "" if there is nothing. A value longer than its bound is left out:
// the half of an id would be another one.
std::string write_baggage(const Baggage& baggage);

}  // namespace honeyhive::sdk

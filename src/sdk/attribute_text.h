#pragma once

// Appends an encoded attribute to a string: what is written once per tracer, not per span.

#include <string>
#include <string_view>

#include "otlp/encode.h"

namespace honeyhive::sdk {

// `value_bytes`: of a text its length, else 0.
template <typename T>
void append_attribute(std::string& out, char tag, std::string_view key, T value,
                      std::size_t value_bytes) {
  const std::size_t at = out.size();
  out.resize(at + key.size() + value_bytes + otlp::attribute_overhead);
  const char* const end = otlp::put_attribute(out.data() + at, tag, key, value);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace honeyhive::sdk

#pragma once

// The parts of an OTLP request that are not spans, and the part of its answer that matters.
//
// Source: opentelemetry-proto, ExportTraceServiceRequest and ExportTraceServiceResponse.

#include <cstdint>
#include <string>
#include <string_view>

namespace honeyhive::sdk {

// What comes before `records_bytes` of framed spans: one resource, one scope.
std::string request_prefix(std::string_view resource, std::uint64_t records_bytes);

// What a server says it did not take, in an answer with a 2xx status. Anything but a well-formed
// answer says nothing.
struct PartialSuccess {
  std::uint64_t rejected_spans = 0;
  std::string message;  // of at most 200 bytes
};
PartialSuccess read_partial_success(std::string_view answer);

}  // namespace honeyhive::sdk

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
  std::string_view message;  // within the answer
};
PartialSuccess read_partial_success(std::string_view answer) noexcept;

// Whether the body of an answer is a page for people: what a network's log-in or a web site says to
// every request, with status 200. Servers of spans answer with protobuf, JSON or nothing.
bool is_page(std::string_view answer) noexcept;

// A server's text, fit for a line of ours: UTF-8 of at most 200 bytes.
std::string readable_message(std::string_view text);

}  // namespace honeyhive::sdk

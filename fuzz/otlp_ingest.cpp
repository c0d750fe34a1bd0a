// Any bytes to POST /v1/traces or /v1/logs (the first byte chooses, and the encoding): one answer,
// which is success, a partial one or a refusal with a reason; what is stored can be read back, is
// JSON, and takes memory in proportion to what was sent.

#include <algorithm>

#include "coded_store.h"
#include "core/limits.h"
#include "server/ingest/otlp_logs.h"
#include "server/ingest/otlp_traces.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  using namespace honeyhive::server;
  fuzz::CodedStore store;
  Request request;
  std::string_view body = fuzz::text_of(data, size);
  const std::uint8_t choice = fuzz::take_byte(body);
  request.method = "POST";
  request.body = body;
  request.add_header("Content-Type",
                     choice / 2 % 2 == 0 ? "application/x-protobuf" : "application/json");
  int answers = 0;
  const auto receive = choice % 2 == 0 ? &receive_traces : &receive_logs;
  receive(
      {store, [] { return std::int64_t{1'795'176'000'000'000'000}; }}, request,
      Responder([&](const Response& response) {
        ++answers;
        fuzz::require(response.status == 200 || response.status == 400 || response.status == 413,
                      "the answer is success or a refusal");
        fuzz::require(response.status == 200 || !response.body.empty(), "a refusal has a reason");
      }));
  fuzz::require(answers == 1, "each request is answered once");
  // A span takes 30 bytes at least; each gets a copy of a resource that has its bound.
  constexpr std::size_t bytes_per_byte = 4'096;
  fuzz::require(store.received_bytes() <=
                    std::min(core::limits::request_events_bytes, bytes_per_byte * (size + 1)),
                "memory is in proportion to the request");
  return 0;
}

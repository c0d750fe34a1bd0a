// Any bytes to POST /session/start (the first byte is even) or PUT /events, each sent twice, so
// that the second is merged into the first: the answers are JSON, and so is what is stored.

#include "coded_store.h"
#include "server/ingest/rest.h"

namespace honeyhive::fuzz {
namespace {

using Call = void (*)(const server::IngestDeps&, const server::Request&, const server::Responder&);

void send(CodedStore& store, Call call, std::string_view body) {
  server::Request request;
  request.body = body;
  request.add_header("Content-Type", "application/json");
  int answers = 0;
  call({store, [] { return std::int64_t{1'795'176'000'000'000'000}; }}, request,
       server::Responder([&](const server::Response& response) {
         ++answers;
         require(nlohmann::json::accept(response.body), "the answer is JSON");
         require(response.status == 200 || response.status == 400 || response.status == 413,
                 "the answer is success or a refusal");
       }));
  require(answers == 1, "each request is answered once");
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view body = fuzz::text_of(data, size);
  const bool is_update = fuzz::take_byte(body) % 2 == 1;
  fuzz::CodedStore store;
  if (is_update) {
    fuzz::send(store, server::start_session,
               R"({"session":{"session_id":"s","metadata":{"a":1}}})");
  }
  for (int times = 0; times < 2; ++times) {
    fuzz::send(store, is_update ? server::update_event : server::start_session, body);
  }
  return 0;
}

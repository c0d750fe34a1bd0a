// Any bytes as the body of any call of the REST API that has one; the first byte chooses it. Writes
// are sent twice, the second being merged into the first, and then updated: the answers are JSON,
// and so is what is stored.

#include <iterator>

#include "coded_store.h"
#include "server/ingest/rest.h"
#include "server/query/export_request.h"

namespace honeyhive::fuzz {
namespace {

using Call = void (*)(const server::IngestDeps&, const server::Request&, const server::Responder&);

// In the order of the seeds: append, never reorder.
constexpr Call calls[] = {
    server::start_session,    server::update_event,        server::start_session_v1,
    server::add_to_session,   server::add_to_session_v1,   server::create_event,
    server::create_event_v1,  server::create_model_event,  server::create_events,
    server::create_events_v1, server::create_model_events, server::update_event_v1};

void send(CodedStore& store, Call call, std::string_view body) {
  server::Request request;
  request.body = body;
  request.path_parameters = {{"session_id", "s"}, {"event_id", "e"}};
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

void write(Call call, std::string_view body) {
  CodedStore store;
  if (call == server::update_event || call == server::update_event_v1) {
    send(store, server::start_session, R"({"session":{"session_id":"s","metadata":{"a":1}}})");
  }
  for (int times = 0; times < 2; ++times) send(store, call, body);
  send(store, server::update_event_v1, R"({"metadata":{"b":2},"metrics":{"m":1},"duration":5})");
}

// What is asked of events, asked of one.
void ask(bool is_search, std::string_view body) {
  const auto asked =
      is_search ? server::ExportRequest::parse_search(body) : server::ExportRequest::parse(body);
  if (!asked) return;
  server::Event event;
  event.event_id = "e";
  event.bucket(server::Bucket::metadata) = R"({"a":{"b":1},"a.b":"2","c":[null,true]})";
  (void)server::matches(event, asked->query.filters);
  if (asked->query.run) (void)server::matches(event, *asked->query.run);
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view body = fuzz::text_of(data, size);
  const std::size_t choice = fuzz::take_byte(body) % (std::size(fuzz::calls) + 2);
  if (choice < std::size(fuzz::calls)) {
    fuzz::write(fuzz::calls[choice], body);
  } else {
    fuzz::ask(choice == std::size(fuzz::calls), body);
  }
  return 0;
}

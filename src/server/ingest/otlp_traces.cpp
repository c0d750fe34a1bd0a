#include "server/ingest/otlp_traces.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/decode.h"
#include "server/http/budget.h"
#include "server/ingest/otlp_answers.h"
#include "server/ingest/span_event.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {
namespace {

// HoneyHive's SDKs name the source of all spans of a request in a header.
std::string source_of(const Request& request) {
  std::string source;
  core::append_repaired(
      source, core::cut_at_character(request.header("x-source"), core::limits::name_bytes));
  return source;
}

// The events of one request, while there is room for them: in the request's share, and in what all
// requests may take together. The store counts them on its own once it has them.
class DecodedEvents {
 public:
  explicit DecodedEvents(Budget* shared) : own_(most), room_(shared ? *shared : own_) {}

  void add(Event event) {
    if (refusal_) return;
    const std::size_t bytes = event_bytes(event);
    if (bytes > most - bytes_) return refuse(otlp_failure(413, too_large));
    if (!room_.grow(bytes)) return refuse(otlp_retry(429, "too many spans are being decoded"));
    bytes_ += bytes;
    events_.push_back(std::move(event));
  }

  std::optional<Response>& refusal() { return refusal_; }
  std::vector<Event>& events() { return events_; }

 private:
  static constexpr std::size_t most = core::limits::request_events_bytes;
  static constexpr const char* too_large = "the spans take more than 128 MB; send fewer at once";
  static_assert(most == 128 << 20);

  void refuse(Response response) {
    refusal_ = std::move(response);
    events_ = {};
  }

  Budget own_;
  Reservation room_;
  std::size_t bytes_ = 0;
  std::vector<Event> events_;
  std::optional<Response> refusal_;
};

}  // namespace

void receive_traces(const IngestDeps& deps, const Request& request, const Responder& respond) {
  if (request.media_type() != "application/x-protobuf") {
    return respond(error_response(
        415,
        "OTLP traces are taken as application/x-protobuf; set the exporter's protocol to "
        "http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL)"));
  }
  SpanMapper mapper(deps.now_ns(), source_of(request));
  DecodedEvents taken(deps.budget);
  RejectedSpans rejected;
  const auto decoded = otlp::decode_trace_request(
      request.body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                        const otlp::SpanView& span) {
        if (taken.refusal()) return;
        auto event = mapper.map(resource, scope, span);
        if (event) {
          taken.add(*std::move(event));
        } else {
          rejected.add(otlp::place_of(resource, scope, span), event.error().message);
        }
      });
  if (!decoded) return respond(otlp_failure(decoded.error()));
  if (taken.refusal()) return respond(*std::move(taken.refusal()));
  std::vector<Event>& events = taken.events();
  if (rejected.count() > 0 && deps.on_rejected) deps.on_rejected(rejected.count());
  if (events.empty() && rejected.count() > 0) {
    return respond(otlp_failure(400, rejected.message()));
  }
  if (events.empty()) return respond(otlp_success(rejected));
  const bool is_queued =
      deps.store.append(std::move(events), [respond, rejected](const auto& stored) {
        respond(stored ? otlp_success(rejected) : otlp_failure(stored.error()));
      });
  if (!is_queued) respond(otlp_retry(429, "the queue to the disk is full"));
}

}  // namespace honeyhive::server

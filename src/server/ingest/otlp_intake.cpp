#include "server/ingest/otlp_intake.h"

#include <utility>

#include "core/utf8.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {
namespace {

using core::limits::request_events_bytes;

constexpr const char* too_large = "the request takes more than 128 MB; send less at once";
static_assert(request_events_bytes == 128 << 20);

// The body of a request as protobuf, and its place in what all requests may take together.
class ProtobufBody {
 public:
  explicit ProtobufBody(Budget* shared) : room_(shared ? *shared : own_) {}

  // The answer where there is none.
  std::optional<Response> transcode(const std::string& json, const OtlpSignal& signal) {
    constexpr auto encoding = OtlpEncoding::json;
    constexpr const char* busy = "too many requests are being decoded";
    if (!room_.grow(json.size())) return otlp_retry(encoding, 429, busy);
    auto made = signal.from_json(json);
    if (!made) return otlp_failure(encoding, made.error());
    bytes_ = *std::move(made);
    if (bytes_.capacity() > json.size() && !room_.grow(bytes_.capacity() - json.size())) {
      return otlp_retry(encoding, 429, busy);
    }
    return std::nullopt;
  }

  std::string_view bytes() const noexcept { return bytes_; }

 private:
  Budget own_;
  Reservation room_;
  std::string bytes_;
};

}  // namespace

void OtlpIntake::take(Event event) {
  if (refusal_) return;
  const std::size_t bytes = event_bytes(event);
  if (bytes > most - bytes_) return refuse(otlp_failure(encoding_, 413, too_large));
  if (!room_.grow(bytes)) {
    return refuse(otlp_retry(encoding_, 429, "too many requests are being decoded"));
  }
  bytes_ += bytes;
  events_.push_back(std::move(event));
}

void OtlpIntake::refuse(Response response) {
  refusal_ = std::move(response);
  events_ = {};
}

void receive_otlp(const IngestDeps& deps, const Request& request, const Responder& respond,
                  const OtlpSignal& signal) {
  const auto sent = otlp_encoding(request);
  if (!sent) {
    return respond(
        error_response(415, "OTLP is taken as application/x-protobuf or application/json"));
  }
  const OtlpEncoding encoding = *sent;
  OtlpIntake intake(encoding, signal.json_name, deps.budget);
  {
    ProtobufBody made(deps.budget);
    if (encoding == OtlpEncoding::json) {
      if (auto refused = made.transcode(request.body, signal)) return respond(*std::move(refused));
    }
    const std::string_view body =
        encoding == OtlpEncoding::json ? made.bytes() : std::string_view(request.body);
    const auto decoded = signal.decode(body, intake);
    if (!decoded) return respond(otlp_failure(encoding, decoded.error()));
  }
  if (intake.refusal()) return respond(*std::move(intake.refusal()));
  const Rejected& rejected = intake.rejected();
  if (rejected.count() > 0 && deps.on_rejected) deps.on_rejected(rejected.count());
  if (intake.events().empty()) {
    return respond(rejected.count() > 0 ? otlp_failure(encoding, 400, rejected.message())
                                        : otlp_success(encoding, rejected));
  }
  const bool is_queued = deps.store.append(
      std::move(intake.events()), [respond, encoding, rejected](const auto& stored) {
        respond(stored ? otlp_success(encoding, rejected) : otlp_failure(encoding, stored.error()));
      });
  if (!is_queued) respond(otlp_retry(encoding, 429, "the queue to the disk is full"));
}

std::string source_of(const Request& request) {
  std::string source;
  core::append_repaired(
      source, core::cut_at_character(request.header("x-source"), core::limits::name_bytes));
  return source;
}

}  // namespace honeyhive::server

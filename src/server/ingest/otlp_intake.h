#pragma once

// What every OTLP request goes through, whatever it carries: the body as protobuf, its items one by
// one to events within bounds, the store, the answer.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "server/http/budget.h"
#include "server/http/request.h"
#include "server/ingest/deps.h"
#include "server/ingest/otlp_answers.h"
#include "server/store/event.h"

namespace honeyhive::server {

// The events of one request, while there is room for them: in the request's share, and in what all
// requests may take together. The store counts them on its own once it has them. Not thread-safe.
class OtlpIntake {
 public:
  // `shared` may be null.
  OtlpIntake(OtlpEncoding encoding, const char* json_name, Budget* shared)
      : encoding_(encoding), own_(most), room_(shared ? *shared : own_), rejected_(json_name) {}

  void take(Event event);
  void reject(std::string_view place, std::string_view reason) { rejected_.add(place, reason); }

  // Once the request is refused as a whole, its other items need not be looked at.
  bool is_refused() const noexcept { return refusal_.has_value(); }
  std::optional<Response>& refusal() noexcept { return refusal_; }
  const Rejected& rejected() const noexcept { return rejected_; }
  std::vector<Event>& events() noexcept { return events_; }

 private:
  static constexpr std::size_t most = core::limits::request_events_bytes;

  void refuse(Response response);

  const OtlpEncoding encoding_;
  Budget own_;
  Reservation room_;
  std::size_t bytes_ = 0;
  std::vector<Event> events_;
  std::optional<Response> refusal_;
  Rejected rejected_;
};

// What differs between spans and logs.
struct OtlpSignal {
  const char* json_name;  // of the count of rejected items
  core::Result<std::string> (*from_json)(std::string_view json);
  // Hands each item of a request to the intake. Error: the decoder's.
  std::function<core::Result<void>(std::string_view protobuf, OtlpIntake& intake)> decode;
};

// Answers once what was taken is durable.
void receive_otlp(const IngestDeps& deps, const Request& request, const Responder& respond,
                  const OtlpSignal& signal);

// HoneyHive's SDKs name the source of everything in a request in a header.
std::string source_of(const Request& request);

}  // namespace honeyhive::server

#include "sdk/remote_parent.h"

#include <cstring>
#include <optional>
#include <string_view>

#include "sdk/propagate/baggage.h"
#include "sdk/propagate/traceparent.h"
#include "sdk/propagate/tracestate.h"
#include "sdk/session_calls.h"

namespace honeyhive::sdk {
namespace {

void set_ids(RemoteParent& to, const TraceParent& from) noexcept {
  std::memcpy(to.trace_id, from.trace_id.bytes.data(), sizeof to.trace_id);
  std::memcpy(&to.span_id, from.span_id.bytes.data(), sizeof to.span_id);
  to.is_sampled = from.is_sampled();
}

}  // namespace

RawHeaders find_headers(const honeyhive::detail::TracerImpl& tracer,
                        const honeyhive::detail::CarrierGetter& get) {
  RawHeaders out;
  const Propagators& follows = tracer.settings.propagators.value;
  if (follows.trace_context) out.trace_parent = get("traceparent");
  if (out.trace_parent && parse_traceparent(*out.trace_parent)) out.trace_state = get("tracestate");
  if (follows.baggage) out.baggage = get("baggage");
  return out;
}

ReadHeaders read_headers(const honeyhive::detail::TracerImpl& tracer, const RawHeaders& headers) {
  ReadHeaders out;
  auto made = std::make_shared<RemoteParent>();
  if (headers.trace_parent) {
    if (const auto parent = parse_traceparent(*headers.trace_parent)) {
      set_ids(*made, *parent);
      out.parent = made;
      if (headers.trace_state) {
        const std::string_view line = *headers.trace_state;
        if (const auto checked = parse_tracestate({&line, 1})) made->trace_state = checked->text();
      }
    } else {
      out.is_malformed = true;
    }
  }
  if (!headers.baggage) return out;
  const std::string_view line = *headers.baggage;
  std::string decoded;
  const Baggage baggage = parse_baggage({&line, 1}, decoded);
  const std::string& own = tracer.settings.project.value;
  // Sessions belong to a project: those of another one are not ours to add to.
  if (!baggage.project.empty() && !own.empty() && baggage.project != own) return out;
  if (is_session_id(baggage.session_id)) out.session_id = baggage.session_id;
  made->run_id = baggage.run_id;
  made->dataset_id = baggage.dataset_id;
  made->datapoint_id = baggage.datapoint_id;
  if (!made->run_id.empty() || !made->dataset_id.empty() || !made->datapoint_id.empty()) {
    out.parent = made;
  }
  return out;
}

}  // namespace honeyhive::sdk

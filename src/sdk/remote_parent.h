#pragma once

// What the headers of another process mean for a tracer. Thread-safe.

#include <memory>
#include <optional>
#include <string>

#include "honeyhive/detail/carrier.h"
#include "sdk/record/context_entry.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

struct ReadHeaders {
  // Its span id is 0 if only baggage came; null if nothing did.
  std::shared_ptr<const RemoteParent> parent;
  std::string session_id;  // to be joined; empty if none was named, or one of another project
  bool is_malformed = false;
};

// Headers as they were found.
struct RawHeaders {
  std::optional<std::string> trace_parent, trace_state, baggage;
};
// Throws what `get` throws.
RawHeaders find_headers(const honeyhive::detail::TracerImpl& tracer,
                        const honeyhive::detail::CarrierGetter& get);

// Throws std::bad_alloc.
ReadHeaders read_headers(const honeyhive::detail::TracerImpl& tracer, const RawHeaders& headers);

}  // namespace honeyhive::sdk

#pragma once

// Sessions: groups of traces, such as one conversation or one request.
//
// Source: HoneyHiveTracer API reference, "Session Management Methods".

#include <optional>
#include <string>
#include <string_view>

#include "honeyhive/enrich.h"

#pragma GCC visibility push(default)
namespace honeyhive {

// Keyword arguments of `create_session` and `with_session`. At most 1 MiB of JSON together.
struct SessionOptions {
  detail::NamedOnly named_only = {};
  std::string_view session_name = {};  // default "session-" and 8 hex digits; cut at 4,096 bytes
  // Any text of at most 256 bytes without control characters; default: a new UUID.
  std::string_view session_id = {};
  Attributes inputs = {};
  Attributes metadata = {};
  Attributes user_properties = {};
  std::string_view source = {};  // default: the tracer's
  bool skip_api_call = false;    // with session_id: only join it, do not create it on the server
  bool wait = false;             // return when the server has answered, at most `export_timeout`
};

// The id of the session, or nullopt if it can never be delivered: the tracer is closed or null, a
// value was refused, or, with `wait`, the server refused it.
using SessionId = std::optional<std::string>;

// A session for the length of a block. Made by `HoneyHiveTracer::with_session`. Ended out of order,
// or while another context is current, it takes no other's session away (counted as
// `context_mismatch`).
class [[nodiscard]] SessionScope {
 public:
  SessionScope(const SessionScope&) = delete;
  SessionScope& operator=(const SessionScope&) = delete;
  ~SessionScope();

  const SessionId& id() const noexcept { return id_; }

 private:
  friend class HoneyHiveTracer;
  SessionScope() noexcept = default;  // there is no session
  SessionScope(SessionScope&& other) noexcept;

  SessionId id_;
  void* scope_ = nullptr;
};

}  // namespace honeyhive
#pragma GCC visibility pop

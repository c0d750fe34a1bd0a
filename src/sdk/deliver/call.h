#pragma once

// A request about a session: its start, or an update.
//
// For the worker.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sdk/deliver/pending_request.h"

namespace honeyhive::sdk {

struct Session;

// Of a record that is an update: what it is about; "" if the record is malformed.
std::string_view event_id_of(const Record& record) noexcept;

class Call final : public PendingRequest {
 public:
  // The body of a start is its record; that of an update follows the event's id there. An update of
  // a session that the server has given another id gets it here.
  Call(Tracer& its_tracer, Kind its_kind, const Record& record, Session* its_session);

  std::string_view event_id() const noexcept { return event_id_of(record_); }  // of an update
  std::uint64_t body_bytes() const noexcept override { return body_.size(); }
  std::uint32_t spans() const noexcept override { return 0; }
  bool may_go() const noexcept override { return before_ == nullptr; }
  bool settle(Collector& collector) noexcept override;
  std::size_t read(char* out, std::size_t capacity) noexcept override;
  void rewind() noexcept override { read_ = 0; }

  Session* const session;    // null: the tracer's own, or none of ours
  std::uint64_t number = 0;  // among those of the route: the server applies each once

 private:
  friend class UpdateRows;

  const Record record_;
  std::string rewritten_;
  std::string_view body_;  // in the record, or `rewritten_`
  std::size_t read_ = 0;
  Call* before_ = nullptr;  // updates of the same event
  Call* behind_ = nullptr;
};

// The id of a record is a random one of its route, and a number.
struct RecordIds {
  const std::string instance;
  std::uint64_t next = 1;
};

// Updates of one event are sent one after another, in the order they came.
class UpdateRows {
 public:
  void add(Call& update);
  void remove(Call& update) noexcept;  // settled; nothing if it was never added

 private:
  std::unordered_map<std::uint64_t, Call*> last_;  // by hash: a collision makes a row too long
};

// The id that the answer to a start gives the session; "" if it gives none that could be one.
// Throws std::bad_alloc.
std::string given_session_id(std::string_view answer);

}  // namespace honeyhive::sdk

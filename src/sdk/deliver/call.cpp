#include "sdk/deliver/call.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "sdk/session.h"

namespace honeyhive::sdk {
namespace {

struct UpdateParts {
  std::string_view event_id;
  std::string_view body;
};

// Source: docs/arena_format.md, "Event update". Lengths that do not fit leave both empty.
UpdateParts parts_of(const Record& record) noexcept {
  const std::string_view all(record.bytes, record.header->bytes);
  if (all.size() < 2) return {};
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(all[at]); };
  const std::size_t id_bytes = byte(0) | std::size_t{byte(1)} << 8;
  if (all.size() - 2 < id_bytes) return {};
  return {all.substr(2, id_bytes), all.substr(2 + id_bytes)};
}

// The same update of another event. A body that is no object stays as it is: the server says so.
std::string with_event_id(std::string_view body, std::string_view event_id) {
  const auto members = core::scan_json_object(body);
  if (!members) return std::string(body);
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  for (const core::JsonMember& member : *members) {
    if (member.key != "event_id") json.key(member.key).raw(member.value);
  }
  json.member("event_id", event_id).end_object();
  return out;
}

std::uint64_t row_of(const Call& update) noexcept {
  return std::hash<std::string_view>{}(update.event_id());
}

}  // namespace

std::string_view event_id_of(const Record& record) noexcept { return parts_of(record).event_id; }

Call::Call(Tracer& its_tracer, Kind its_kind, const Record& record, Session* its_session)
    : PendingRequest(its_tracer, its_kind), session(its_session), record_(record) {
  if (kind == Kind::session_start) {
    body_ = {record.bytes, record.header->bytes};
    return;
  }
  const UpdateParts parts = parts_of(record);
  body_ = parts.body;
  if (session != nullptr && session->is_renamed() && parts.event_id == session->text.id) {
    rewritten_ = with_event_id(parts.body, session->wire_id());
    body_ = rewritten_;
  }
}

bool Call::settle(Collector& collector) noexcept {
  const bool gave_back = collector.settle(*record_.chunk, 1);
  if (session != nullptr) release_session(*session);
  return gave_back;
}

std::size_t Call::read(char* out, std::size_t capacity) noexcept {
  const std::size_t count = std::min(capacity, body_.size() - read_);
  std::memcpy(out, body_.data() + read_, count);
  read_ += count;
  return count;
}

void UpdateRows::add(Call& update) {
  Call*& last = last_[row_of(update)];
  update.before_ = last;
  if (last != nullptr) last->behind_ = &update;
  last = &update;
}

void UpdateRows::remove(Call& update) noexcept {
  if (update.before_ != nullptr) update.before_->behind_ = update.behind_;
  if (update.behind_ != nullptr) {
    update.behind_->before_ = update.before_;
    return;
  }
  const auto row = last_.find(row_of(update));
  if (row == last_.end() || row->second != &update) return;
  if (update.before_ != nullptr) {
    row->second = update.before_;
  } else {
    last_.erase(row);
  }
}

std::string given_session_id(std::string_view answer) {
  const auto members = core::scan_json_object(answer);
  if (!members) return {};
  std::string id;
  for (const core::JsonMember& member : *members) {
    if (member.key == "session_id") id = core::json_text(member.value).value_or("");
  }
  return id.size() <= core::limits::session_id_bytes && core::is_utf8(id) ? id : std::string();
}

}  // namespace honeyhive::sdk

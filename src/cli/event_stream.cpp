#include "cli/event_stream.h"

#include <utility>

#include "core/limits.h"

namespace honeyhive::cli {
bool EventStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (skips_line_feed_ && bytes[0] == '\n') bytes.remove_prefix(1);
    skips_line_feed_ = false;
    const auto end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + data_.size() + piece.size() > core::limits::stream_event_bytes) return false;
    line_ += piece;
    if (end == bytes.npos) return true;
    skips_line_feed_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(std::exchange(line_, {}));
  }
  return true;
}

void EventStream::take_line(std::string_view line) {
  if (line.empty()) {
    StreamEvent event{type_.empty() ? "message" : std::move(type_), std::move(data_)};
    type_.clear();
    data_.clear();
    if (std::exchange(has_data_, false)) receiver_(event);
    return;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    type_ = value;
  } else if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "id" && value.find('\0') == value.npos) {
    last_id_ = value;
  }
}

void EventStream::restart() {
  line_.clear();
  type_.clear();
  data_.clear();
  has_data_ = false;
  skips_line_feed_ = false;
}

}  // namespace honeyhive::cli

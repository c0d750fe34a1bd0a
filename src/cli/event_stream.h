#pragma once

// Server-sent events, read from pieces of any length.
//
// Source: WHATWG HTML, section 9.2.6 (interpreting an event stream). "retry" is not used.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace honeyhive::cli {

struct StreamEvent {
  std::string type;  // "message" if none was given
  std::string data;
};

class EventStream {
 public:
  using Receiver = std::function<void(const StreamEvent&)>;

  explicit EventStream(Receiver receiver) : receiver_(std::move(receiver)) {}

  // False if a line or an event is longer than any real one: the stream is of no use then.
  bool feed(std::string_view bytes);

  // A new connection: forgets what was incomplete, keeps the last id.
  void restart();

  // What to send as Last-Event-ID; empty: nothing was received.
  const std::string& last_id() const noexcept { return last_id_; }

 private:
  void take_line(std::string_view line);

  Receiver receiver_;
  std::string line_;
  std::string type_;
  std::string data_;
  std::string last_id_;
  bool has_data_ = false;
  bool skips_line_feed_ = false;  // "\r" was the end of a line; "\n" may follow
};

}  // namespace honeyhive::cli

#pragma once

// The id that a client gives a log record, a session start or an update, so that it is kept once
// however often it is sent:
// "<instance>-<number>". An instance counts, so that ranges of numbers say what of it is here.
// Any other text is an instance of its own.

#include <cstdint>
#include <string>
#include <string_view>

namespace honeyhive::server {

struct RecordId {
  std::string instance;
  std::int64_t number = -1;  // -1: `instance` is the whole id

  static RecordId parse(std::string_view text);

  friend auto operator<=>(const RecordId&, const RecordId&) = default;
};

}  // namespace honeyhive::server

#include "server/query/parameters.h"

#include <charconv>
#include <limits>

#include "core/time_text.h"
#include "core/utf8.h"

namespace honeyhive::server {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

core::Error refused(std::string_view field, std::string_view value, std::string_view fix) {
  constexpr std::size_t enough = 60;
  std::string message(field);
  message.append(": '").append(core::cut_at_character(value, enough));
  if (value.size() > enough) message += "...";
  message.append("' ").append(fix);
  return {core::Error::Code::invalid_argument, std::move(message)};
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  T value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> unit_ns(char unit) {
  switch (unit) {
    case 's':
      return ns_per_second;
    case 'm':
      return 60 * ns_per_second;
    case 'h':
      return 3600 * ns_per_second;
    case 'd':
      return 86'400 * ns_per_second;
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> parse_ago(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = unit_ns(text.back());
  const auto amount = parse_whole<std::uint32_t>(text.substr(0, text.size() - 1));
  if (!unit || !amount) return std::nullopt;
  if (*amount > std::numeric_limits<std::int64_t>::max() / *unit) return std::nullopt;
  return *amount * *unit;
}

}  // namespace

core::Result<std::size_t> parse_limit(std::string_view text, std::size_t most) {
  const auto limit = parse_whole<std::size_t>(text);
  if (limit && *limit >= 1 && *limit <= most) return *limit;
  return refused("limit", text, "is not a number from 1 to " + std::to_string(most));
}

core::Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ns) {
  if (const auto ago = parse_ago(text)) return now_ns - *ago;
  if (const auto time = core::parse_iso_time(text)) return *time;
  return refused("since", text,
                 "is neither a time (2026-11-20T08:00:00Z) nor how long ago (90s, 15m, 2h, 1d)");
}

core::Result<core::TraceId> parse_trace_id(std::string_view text) {
  const auto id = core::TraceId::from_hex(text);
  if (id && !id->is_zero()) return *id;
  return refused("trace_id", text, "is not 32 hex digits, not all of them 0");
}

std::string cursor_text(const Cursor& cursor) {
  return std::to_string(cursor.start_ns) + "_" + std::to_string(cursor.row);
}

core::Result<Cursor> parse_cursor(std::string_view text) {
  const std::size_t split = text.find('_');
  if (split != std::string_view::npos) {
    const auto start = parse_whole<std::int64_t>(text.substr(0, split));
    const auto row = parse_whole<std::int64_t>(text.substr(split + 1));
    if (start && row) return Cursor{*start, *row};
  }
  return refused("cursor", text, "is not a `next` of an earlier answer");
}

}  // namespace honeyhive::server

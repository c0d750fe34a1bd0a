#include "cli/figures.h"

#include <algorithm>
#include <limits>

#include "cli/safe_text.h"
#include "core/time_text.h"

namespace honeyhive::cli {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string age(std::int64_t then_ns, std::int64_t now_ns) {
  constexpr std::uint64_t minute_ns = 60'000'000'000;
  if (elapsed_ns(now_ns, then_ns) > minute_ns) return "in the future";  // clocks differ a little
  const std::uint64_t seconds = elapsed_ns(then_ns, now_ns) / 1'000'000'000;
  const auto text = [](std::uint64_t amount, const char* unit) {
    return std::to_string(amount) + " " + unit + " ago";
  };
  if (seconds < 1) return "just now";
  if (seconds < 60) return text(seconds, "s");
  if (seconds < 3600) return text(seconds / 60, "min");
  if (seconds < std::uint64_t{2} * 86'400) return text(seconds / 3600, "h");
  return text(seconds / 86'400, "days");
}

std::string time_for_people(std::int64_t unix_ns) {
  std::string text = core::iso_time(unix_ns).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

std::uint64_t elapsed_ns(std::int64_t start_ns, std::int64_t end_ns) noexcept {
  if (end_ns <= start_ns) return 0;
  return static_cast<std::uint64_t>(end_ns) - static_cast<std::uint64_t>(start_ns);
}

std::string took(std::uint64_t ns) {
  constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
  return core::duration_text(static_cast<std::int64_t>(std::min(ns, longest)));
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number) + " " + std::string(number == 1 ? one : many);
}

std::string tokens_text(const Look& look, std::int64_t in, std::int64_t out) {
  if (in <= 0 && out <= 0) return {};
  const auto figure = [](std::int64_t count) {
    return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)));
  };
  return figure(in) + (look.has_unicode ? "→" : ">") + figure(out);
}

std::string fitted(const Look& look, std::string_view safe_text, std::size_t columns) {
  const std::size_t width = display_width(safe_text);
  std::string out(safe_text);
  if (width > columns) {
    const std::string_view ellipsis = look.has_unicode ? "…" : "~";
    out = cut_to_width(safe_text, columns == 0 ? 0 : columns - 1);
    if (columns > 0) out += ellipsis;
  }
  const std::size_t now = display_width(out);
  pad(out, columns - std::min(now, columns));
  return out;
}

std::string right_aligned(std::string_view safe_text, std::size_t columns) {
  std::string out;
  pad(out, columns - std::min(display_width(safe_text), columns));
  return out += safe_text;
}

std::vector<std::string> wrapped(std::string_view safe_line, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);  // the widest character
  std::vector<std::string> lines;
  for (;;) {
    std::string_view head = cut_to_width(safe_line, columns);
    if (head.size() == safe_line.size()) break;
    // A space just behind the head ends a word as well.
    const auto space = safe_line.substr(0, head.size() + 1).rfind(' ');
    if (space != safe_line.npos && space >= head.size() / 2) head = safe_line.substr(0, space);
    lines.emplace_back(head);
    safe_line.remove_prefix(head.size());
    if (safe_line.starts_with(' ')) safe_line.remove_prefix(1);
  }
  lines.emplace_back(safe_line);
  return lines;
}

Ink ink_of_type(std::string_view event_type) noexcept {
  if (event_type == "model") return Ink::magenta;
  if (event_type == "tool") return Ink::cyan;
  if (event_type == "chain") return Ink::blue;
  if (event_type == "session") return Ink::green;
  return Ink::yellow;
}

}  // namespace honeyhive::cli

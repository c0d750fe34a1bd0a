#include "core/time_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace honeyhive::core {
namespace {

using namespace std::chrono;

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

struct Split {
  year_month_day date;
  std::int64_t second_of_day;
  std::int64_t ns;
};

Split split(std::int64_t unix_ns) {
  // int64 nanoseconds reach from 1677 to 2262: all of them are printable dates.
  std::int64_t second = unix_ns / ns_per_second, ns = unix_ns % ns_per_second;
  if (ns < 0) ns += ns_per_second, --second;
  std::int64_t day = second / seconds_per_day, rest = second % seconds_per_day;
  if (rest < 0) rest += seconds_per_day, --day;
  return {year_month_day(sys_days(days(day))), rest, ns};
}

// Exactly `count` digits at `at`, in [low, high]; moves `at` behind them.
bool read_digits(std::string_view text, std::size_t& at, std::size_t count, int low, int high,
                 int& out) noexcept {
  if (at + count > text.size()) return false;
  const char* const first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + count, out);
  if (error != std::errc() || end != first + count || *first == '-') return false;
  at += count;
  return out >= low && out <= high;
}

bool read_character(std::string_view text, std::size_t& at, std::string_view one_of) noexcept {
  if (at >= text.size() || one_of.find(text[at]) == one_of.npos) return false;
  ++at;
  return true;
}

}  // namespace

std::string iso_time(std::int64_t unix_ns) {
  const Split parts = split(unix_ns);
  char text[64];
  const int length = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(parts.date.year()),
      static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()),
      static_cast<int>(parts.second_of_day / 3600), static_cast<int>(parts.second_of_day / 60 % 60),
      static_cast<int>(parts.second_of_day % 60), static_cast<int>(parts.ns / 1000));
  return {text, static_cast<std::size_t>(length)};
}

std::string iso_day(std::int64_t unix_ns) { return iso_time(unix_ns).substr(0, 10); }

std::optional<std::int64_t> parse_iso_time(std::string_view text) noexcept {
  std::size_t at = 0;
  int year_number = 0, month_number = 0, day_number = 0, hour = 0, minute = 0, second = 0;
  if (!read_digits(text, at, 4, 1, 9999, year_number) || !read_character(text, at, "-") ||
      !read_digits(text, at, 2, 1, 12, month_number) || !read_character(text, at, "-") ||
      !read_digits(text, at, 2, 1, 31, day_number)) {
    return std::nullopt;
  }
  const year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  // Outside these years nanoseconds do not fit into 64 bits.
  if (!date.ok() || year_number < 1678 || year_number > 2261) return std::nullopt;
  std::int64_t seconds = sys_days(date).time_since_epoch().count() * seconds_per_day;
  std::int64_t ns = 0;
  if (at == text.size()) return seconds * ns_per_second;

  if (!read_character(text, at, "Tt ") || !read_digits(text, at, 2, 0, 23, hour) ||
      !read_character(text, at, ":") || !read_digits(text, at, 2, 0, 59, minute) ||
      !read_character(text, at, ":") || !read_digits(text, at, 2, 0, 60, second)) {
    return std::nullopt;
  }
  if (read_character(text, at, ".")) {
    std::int64_t unit = ns_per_second / 10;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      ns += (text[at] - '0') * unit;
    }
    if (at == first) return std::nullopt;
  }
  int offset_hours = 0, offset_minutes = 0;
  if (!read_character(text, at, "Zz")) {
    const bool negative = at < text.size() && text[at] == '-';
    if (!read_character(text, at, "+-") || !read_digits(text, at, 2, 0, 23, offset_hours) ||
        !read_character(text, at, ":") || !read_digits(text, at, 2, 0, 59, offset_minutes)) {
      return std::nullopt;
    }
    if (negative) offset_hours = -offset_hours, offset_minutes = -offset_minutes;
  }
  if (at != text.size()) return std::nullopt;
  seconds += (hour - offset_hours) * 3600 + (minute - offset_minutes) * 60 + second;
  return seconds * ns_per_second + ns;
}

std::optional<std::int64_t> ns_of_milliseconds(double ms) noexcept {
  constexpr std::int64_t ns_per_ms = 1'000'000;
  constexpr double most_ms = 9'223'372'036'854;  // what fits into ns
  if (!(ms >= 0 && ms <= most_ms)) return std::nullopt;
  // Times of today in ns need more bits than a double has: only what is behind the point is scaled.
  const auto whole = static_cast<std::int64_t>(ms);
  const double rest = ms - static_cast<double>(whole);
  return whole * ns_per_ms + std::llround(rest * static_cast<double>(ns_per_ms));
}

std::string duration_text(std::int64_t ns) {
  const auto value = static_cast<double>(std::max<std::int64_t>(ns, 0));
  struct Unit {
    double ns;
    const char* name;
  };
  static constexpr Unit units[] = {{3600e9, "h"}, {60e9, "min"}, {1e9, "s"},
                                   {1e6, "ms"},   {1e3, "us"},   {1, "ns"}};
  const Unit* unit = std::find_if(std::begin(units), std::end(units) - 1,
                                  [&](const Unit& u) { return value >= u.ns; });
  const double amount = value / unit->ns;
  const int digits = amount >= 100 || unit->ns == 1 ? 0 : amount >= 10 ? 1 : 2;
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%.*f %s", digits, amount, unit->name);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace honeyhive::core

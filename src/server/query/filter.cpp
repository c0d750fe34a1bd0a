#include "server/query/filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/time_text.h"
#include "server/query/event_json.h"
#include "server/store/catalog.h"

namespace honeyhive::server {
namespace {

using Text = std::optional<std::string>;

Text json_string(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string out;
  core::append_json_string(out, text);
  return out;
}

Text json_milliseconds(std::int64_t ns) {
  std::string out;
  core::append_json_number(out, static_cast<double>(ns) / 1e6);
  return out;
}

// `path` inside a JSON object: the whole path as one key first, then each way to split it.
Text member_json(std::string_view object, std::string_view path) {
  const auto members = core::scan_json_object(object);
  if (!members) return std::nullopt;
  Text nested;
  for (const core::JsonMember& member : *members) {
    if (member.key == path) {
      return member.value == "null" ? std::nullopt : Text(member.value);
    }
    if (!nested && path.starts_with(member.key) && path.size() > member.key.size() + 1 &&
        path[member.key.size()] == '.') {
      nested = member_json(member.value, path.substr(member.key.size() + 1));
    }
  }
  return nested;
}

Text bucket_json(const Event& event, std::string_view field) {
  for (std::size_t i = 0; i < bucket_count; ++i) {
    const std::string_view name = bucket_names[i];
    if (!field.starts_with(name)) continue;
    const std::string_view rest = field.substr(name.size());
    if (!rest.empty() && rest.front() != '.') continue;
    std::string object =
        static_cast<Bucket>(i) == Bucket::metadata ? shown_metadata(event) : event.buckets[i];
    if (rest.empty()) return object.empty() || object == "{}" ? std::nullopt : Text(object);
    return member_json(object, rest.substr(1));
  }
  return std::nullopt;
}

// What a JSON scalar says; objects and arrays as their JSON.
std::string as_text(const std::string& json) { return text_of_json_string(json).value_or(json); }

// Whole numbers are compared exactly, however long they are: ids are numbers in some programs.
struct Number {
  double value = 0;
  bool is_whole = false;
  bool is_negative = false;
  std::string digits;  // of a whole one: without sign and leading zeros
};

int order_of(const Number& a, const Number& b) {
  if (!a.is_whole || !b.is_whole) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.is_negative != b.is_negative) return a.is_negative ? -1 : 1;
  const int order = a.digits.size() == b.digits.size()  ? a.digits.compare(b.digits)
                    : a.digits.size() < b.digits.size() ? -1
                                                        : 1;
  return a.is_negative ? -order : order;
}

std::optional<Number> as_number(const std::string& json) {
  const std::string text = as_text(json);
  Number number;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number.value);
  const bool is_whole =
      text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == std::string::npos;
  if (parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (parsed.ec != std::errc() && !(is_whole && parsed.ec == std::errc::result_out_of_range)) {
    return std::nullopt;
  }
  number.is_whole = is_whole;
  if (is_whole) {
    number.digits = text.substr(std::min(text.find_first_of("123456789"), text.size()));
    number.is_negative = text.front() == '-' && !number.digits.empty();
    if (parsed.ec != std::errc()) number.value = number.is_negative ? -HUGE_VAL : HUGE_VAL;
  }
  return number;
}

// Milliseconds since 1970, from such a number or from ISO text.
std::optional<Number> as_time(const std::string& json) {
  if (auto number = as_number(json)) return number;
  const auto ns = core::parse_iso_time(as_text(json));
  if (!ns) return std::nullopt;
  return Number{.value = static_cast<double>(*ns) / 1e6, .digits = {}};
}

std::optional<Number> as_ordered(const std::string& json, FilterType type) {
  return type == FilterType::datetime ? as_time(json) : as_number(json);
}

std::optional<int> order_as(const std::string& field, const std::string& value, FilterType type) {
  const auto left = as_ordered(field, type);
  const auto right = as_ordered(value, type);
  if (!left || !right) return std::nullopt;
  return order_of(*left, *right);
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// What text is compared by: ids are the same in any case, as they are to the store.
std::string key_of(std::string_view field, std::string text) {
  if (field == "session_id" || field == "event_id" || field == "parent_id") return id_key(text);
  if (field == "metadata.trace_id" || field == "metadata.span_id" ||
      field == "metadata.parent_span_id") {
    return lower_case(std::move(text));
  }
  return text;
}

bool equal(const std::string& field, const Filter& filter) {
  if (filter.type == FilterType::number || filter.type == FilterType::datetime) {
    return order_as(field, filter.value, filter.type) == 0;
  }
  const bool is_number = filter.value.find_first_of("0123456789") == 0 || filter.value[0] == '-';
  if (filter.type == FilterType::none && is_number) {
    return order_as(field, filter.value, filter.type) == 0;
  }
  return key_of(filter.field, as_text(field)) == key_of(filter.field, as_text(filter.value));
}

// Less than 0, 0, or more; nullopt where the two cannot be compared.
std::optional<int> compare(const std::string& field, const Filter& filter) {
  if (const auto order = order_as(field, filter.value, filter.type)) return order;
  if (filter.type == FilterType::number || filter.type == FilterType::datetime) return std::nullopt;
  return as_text(field).compare(as_text(filter.value));
}

struct OperatorName {
  std::string_view name;
  Operator op;
};
constexpr auto operators = std::to_array<OperatorName>({
    {"is", Operator::is},
    {"is not", Operator::is_not},
    {"contains", Operator::contains},
    {"not contains", Operator::not_contains},
    {"greater than", Operator::greater_than},
    {"less than", Operator::less_than},
    {"exists", Operator::exists},
    {"not exists", Operator::not_exists},
    {"after", Operator::after},
    {"before", Operator::before},
});

bool present_matches(const std::string& field, const Filter& filter) {
  Filter time = filter;
  switch (filter.op) {
    case Operator::is:
      return equal(field, filter);
    case Operator::is_not:
      return !equal(field, filter);
    case Operator::contains:
      return as_text(field).find(as_text(filter.value)) != std::string::npos;
    case Operator::not_contains:
      return as_text(field).find(as_text(filter.value)) == std::string::npos;
    case Operator::greater_than:
      return compare(field, filter).value_or(0) > 0;
    case Operator::less_than:
      return compare(field, filter).value_or(0) < 0;
    case Operator::exists:
      return true;
    case Operator::not_exists:
      return false;
    case Operator::after:
      time.type = FilterType::datetime;
      return compare(field, time).value_or(0) > 0;
    case Operator::before:
      time.type = FilterType::datetime;
      return compare(field, time).value_or(0) < 0;
  }
  return false;
}

}  // namespace

std::optional<std::string> text_of_json_string(const std::string& json) {
  if (json.empty() || json.front() != '"') return std::nullopt;
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_string()) return std::nullopt;
  return parsed.get<std::string>();
}

std::optional<Operator> parse_operator(std::string_view text) noexcept {
  for (const OperatorName& known : operators) {
    if (known.name == text) return known.op;
  }
  return std::nullopt;
}

std::optional<FilterType> parse_filter_type(std::string_view text) noexcept {
  if (text == "string") return FilterType::string;
  if (text == "number") return FilterType::number;
  if (text == "boolean") return FilterType::boolean;
  if (text == "datetime") return FilterType::datetime;
  return std::nullopt;
}

std::string_view operator_names() noexcept {
  return "is, is not, contains, not contains, greater than, less than, exists, not exists, after, "
         "before";
}

std::optional<std::string> field_json(const Event& event, std::string_view field) {
  if (field == "event_id") return json_string(shown_event_id(event));
  if (field == "session_id") return json_string(event.session_id);
  if (field == "parent_id") return json_string(parent_event_id(event));
  if (field == "event_type") return json_string(event.event_type);
  if (field == "event_name") return json_string(event.event_name);
  if (field == "source") return json_string(event.source.empty() ? "unknown" : event.source);
  if (field == "project" || field == "project_id") return json_string(event.project);
  if (field == "error") return json_string(event.error);
  if (field == "start_time") return json_milliseconds(event.start_ns);
  if (field == "end_time") return json_milliseconds(event.end_ns);
  if (field == "duration") return json_milliseconds(event.end_ns - event.start_ns);
  return bucket_json(event, field);
}

bool matches(const Event& event, const Filter& filter) {
  if (const auto field = field_json(event, filter.field)) {
    if (filter.value != "null") return present_matches(*field, filter);
    return filter.op == Operator::is_not || filter.op == Operator::exists;
  }
  switch (filter.op) {
    case Operator::is:
      return filter.value == "null";
    case Operator::is_not:
      return filter.value != "null";
    case Operator::not_contains:
    case Operator::not_exists:
      return true;
    default:
      return false;
  }
}

bool matches(const Event& event, const std::vector<Filter>& filters) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return matches(event, filter); });
}

}  // namespace honeyhive::server

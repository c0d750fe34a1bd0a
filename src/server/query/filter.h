#pragma once

// HoneyHive's event filters: {field, operator, value, type}, all of which must hold.
//
// A field is a name of the event object, or a path into a bucket. Keys with dots in them are found
// as well as nested ones: "metadata.a.b" is the key "a.b" or the key "b" inside "a". Text is
// compared byte by byte, ids that are UUIDs or hex digits in any case; a field that is absent or
// null fulfils only `is not`, `not contains`, `not exists`, and `is` null.
//
// Source: HoneyHive's public REST API, filters of POST /v1/events/export.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "server/store/event.h"

namespace honeyhive::server {

enum class Operator : std::uint8_t {
  is,
  is_not,
  contains,
  not_contains,
  greater_than,
  less_than,
  exists,
  not_exists,
  after,
  before,
};

enum class FilterType : std::uint8_t { none, string, number, boolean, datetime };

struct Filter {
  std::string field;
  Operator op = Operator::is;
  std::string value;  // JSON
  FilterType type = FilterType::none;
};

std::optional<Operator> parse_operator(std::string_view text) noexcept;
std::optional<FilterType> parse_filter_type(std::string_view text) noexcept;
std::string_view operator_names() noexcept;  // for messages

// What a JSON string says; nullopt for any other JSON.
std::optional<std::string> text_of_json_string(const std::string& json);

// The JSON of a field; nullopt if it is absent or null.
std::optional<std::string> field_json(const Event& event, std::string_view field);

bool matches(const Event& event, const Filter& filter);
bool matches(const Event& event, const std::vector<Filter>& filters);

}  // namespace honeyhive::server

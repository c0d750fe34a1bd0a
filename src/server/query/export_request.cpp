#include "server/query/export_request.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json_scan.h"
#include "core/limits.h"
#include "core/time_text.h"

namespace honeyhive::server {
namespace {

using Json = nlohmann::json;

constexpr std::size_t last_page = 1'000'000;
// Of a field's name: a bucket and the longest key. Each dot in it is another way to split it.
constexpr std::size_t field_bytes = core::limits::received_key_bytes + 64;

std::string shown(const Json& value) {
  constexpr std::size_t enough = 60;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() <= enough) return text;
  return text.substr(0, enough) + "...";
}

core::Error refused(const std::string& field, std::string_view expected, const Json& value) {
  return {core::Error::Code::invalid_argument,
          field + ": expected " + std::string(expected) + ", got " + shown(value)};
}

core::Error too_long(const std::string& place) {
  return {core::Error::Code::invalid_argument,
          place + ": the name of a field has at most " + std::to_string(field_bytes) + " bytes"};
}

// Null is the same as absent.
const Json* find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

core::Result<std::string> text_in(const Json& object, const char* name, const std::string& place) {
  const auto found = object.find(name);
  if (found != object.end() && found->is_string() &&
      !found->get_ref<const std::string&>().empty()) {
    return found->get<std::string>();
  }
  return refused(place + "." + name, "a string", found == object.end() ? Json() : *found);
}

core::Result<Filter> filter_of(const Json& item, const std::string& place) {
  if (!item.is_object()) return refused(place, "an object", item);
  Filter filter;
  auto field = text_in(item, "field", place);
  if (!field) return field.error();
  if (field->size() > field_bytes) return too_long(place + ".field");
  filter.field = *std::move(field);
  const auto name = text_in(item, "operator", place);
  if (!name) return name.error();
  const auto op = parse_operator(*name);
  if (!op) {
    return refused(place + ".operator", "one of " + std::string(operator_names()),
                   item["operator"]);
  }
  filter.op = *op;
  const Json value = item.value("value", Json());
  if (value.is_structured()) {
    return refused(place + ".value", "a string, number, boolean or null", value);
  }
  filter.value = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (const Json* const type = find(item, "type")) {
    const auto known =
        type->is_string() ? parse_filter_type(type->get_ref<const std::string&>()) : std::nullopt;
    if (!known) return refused(place + ".type", "string, number, boolean or datetime", *type);
    filter.type = *known;
  }
  return filter;
}

core::Result<void> read_filters(const Json& body, ExportRequest& out) {
  const Json* const filters = find(body, "filters");
  if (filters == nullptr) return {};
  if (!filters->is_array() || filters->size() > ExportRequest::most_filters) {
    return refused("filters", "a list of at most 100 filters", *filters);
  }
  for (std::size_t i = 0; i < filters->size(); ++i) {
    auto filter = filter_of((*filters)[i], "filters[" + std::to_string(i) + "]");
    if (!filter) return filter.error();
    out.query.filters.push_back(*std::move(filter));
  }
  return {};
}

core::Result<void> read_time(const Json& range, const char* name,
                             std::optional<std::int64_t>& out) {
  const Json* const value = find(range, name);
  if (value == nullptr) return {};
  if (value->is_string()) out = core::parse_iso_time(value->get_ref<const std::string&>());
  if (value->is_number()) out = core::ns_of_milliseconds(value->get<double>());
  if (out) return {};
  return refused(std::string("dateRange.") + name, "an ISO 8601 time or milliseconds since 1970",
                 *value);
}

struct RangeNames {
  const char* from;
  const char* to;
};
constexpr RangeNames export_range = {"$gte", "$lte"};
constexpr RangeNames search_range = {"start_time", "end_time"};

core::Result<void> read_range(const Json& body, RangeNames names, ExportRequest& out) {
  const Json* const range = find(body, "dateRange");
  if (range == nullptr) return {};
  if (!range->is_object()) return refused("dateRange", "an object", *range);
  if (auto from = read_time(*range, names.from, out.query.from_ns); !from) return from;
  return read_time(*range, names.to, out.query.to_ns);
}

core::Result<void> read_number(const Json& body, const char* name, std::size_t most,
                               std::size_t& out) {
  const Json* const value = find(body, name);
  if (value == nullptr) return {};
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= 1 && number <= static_cast<double>(most)) {
      out = static_cast<std::size_t>(number);
      return {};
    }
  }
  return refused(name, "a number from 1 to " + std::to_string(most), *value);
}

core::Result<void> read_projections(const Json& body, ExportRequest& out) {
  const Json* const fields = find(body, "projections");
  if (fields == nullptr) return {};
  if (!fields->is_array() || fields->size() > ExportRequest::most_projections) {
    return refused("projections", "a list of at most 100 fields", *fields);
  }
  for (const Json& field : *fields) {
    if (!field.is_string()) return refused("projections", "a list of strings", field);
    out.projections.push_back(field.get<std::string>());
    if (out.projections.back().size() > field_bytes) return too_long("projections");
  }
  return {};
}

// A run's events carry its id, or their session does.
core::Result<void> read_owner(const Json& body, ExportRequest& out) {
  if (const Json* const project = find(body, "project")) {
    if (!project->is_string()) return refused("project", "a string", *project);
    const auto& name = project->get_ref<const std::string&>();
    if (!name.empty()) out.query.project = name;
  }
  if (const Json* const run = find(body, "evaluation_id")) {
    if (!run->is_string()) return refused("evaluation_id", "a string", *run);
    out.query.run = Filter{.field = "metadata.run_id",
                           .value = run->dump(-1, ' ', false, Json::error_handler_t::replace)};
  }
  return {};
}

core::Result<Json> parse_object(std::string_view body) {
  if (auto scanned = core::scan_json_object(body); !scanned) return scanned.error();
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return core::Error{core::Error::Code::malformed_data, "body: not a JSON object"};
}

core::Result<void> read_page(const Json& body, std::size_t most, ExportRequest& out) {
  if (auto limit = read_number(body, "limit", most, out.limit); !limit) return limit;
  return read_number(body, "page", last_page, out.page);
}

core::Result<void> allow_only(const Json& object, const std::string& place,
                              std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_null() || std::find(names.begin(), names.end(), name) != names.end()) continue;
    return core::Error{core::Error::Code::invalid_argument,
                       place + shown(name) + ": there is no such field here, got " + shown(value) +
                           "; leave it out"};
  }
  return {};
}

core::Result<void> allow_search_fields_only(const Json& body) {
  if (auto known = allow_only(
          body, "", {"filters", "dateRange", "limit", "page", "ignore_order", "evaluation_id"});
      !known) {
    return known;
  }
  if (const Json* const range = find(body, "dateRange"); range != nullptr && range->is_object()) {
    if (auto known = allow_only(*range, "dateRange.", {"start_time", "end_time"}); !known) {
      return known;
    }
  }
  const Json* const filters = find(body, "filters");
  if (filters == nullptr || !filters->is_array()) return {};
  for (std::size_t i = 0; i < filters->size(); ++i) {
    if (!(*filters)[i].is_object()) continue;
    auto known = allow_only((*filters)[i], "filters[" + std::to_string(i) + "].",
                            {"field", "operator", "value", "type"});
    if (!known) return known;
  }
  return {};
}

}  // namespace

core::Result<ExportRequest> ExportRequest::parse(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return json.error();
  ExportRequest request;
  if (auto range = read_range(*json, export_range, request); !range) return range.error();
  for (auto* const read : {read_filters, read_projections, read_owner}) {
    if (auto result = read(*json, request); !result) return result.error();
  }
  if (auto page = read_page(*json, core::limits::export_events, request); !page) {
    return page.error();
  }
  return request;
}

core::Result<ExportRequest> ExportRequest::parse_search(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return json.error();
  if (auto known = allow_search_fields_only(*json); !known) return known.error();
  ExportRequest request;
  if (auto range = read_range(*json, search_range, request); !range) return range.error();
  for (auto* const read : {read_filters, read_owner}) {
    if (auto result = read(*json, request); !result) return result.error();
  }
  if (auto page = read_page(*json, core::limits::search_events, request); !page) {
    return page.error();
  }
  return request;
}

core::Result<ExportRequest> ExportRequest::parse_query(const Request& request) {
  Json body = Json::object();
  for (const char* const name : {"project", "evaluation_id"}) {
    const auto value = request.query_value(name);
    if (value && !value->empty()) body[name] = *value;
  }
  const std::string_view range = request.query_value("dateRange").value_or("");
  if (!range.empty()) {
    body["dateRange"] = core::is_json(range)
                            ? Json::parse(range, nullptr, /*allow_exceptions=*/false)
                            : Json(range);
  }
  ExportRequest read;
  if (auto times = read_range(body, export_range, read); !times) return times.error();
  if (auto owner = read_owner(body, read); !owner) return owner.error();
  return read;
}

}  // namespace honeyhive::server

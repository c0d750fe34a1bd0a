#include "server/ingest/surroundings.h"

#include <algorithm>
#include <limits>

#include "core/json_writer.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/any_value_json.h"
#include "server/ingest/cut_text.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

// What is copied to many spans is bounded.
std::string scope_text(const otlp::ScopeView& scope) {
  std::string text = cut_text(scope.name, limits::name_bytes);
  if (!scope.version.empty()) {
    if (!text.empty()) text += ' ';
    text += cut_text(scope.version, limits::name_bytes);
  }
  return text;
}

// What does not fit is left out and counted.
std::string json_of_resource(const otlp::Attributes& attributes) {
  std::uint64_t dropped = attributes.missing();
  std::string out;
  if (attributes.items.empty() && dropped == 0) return out;
  core::JsonWriter json(out);
  json.begin_object();
  std::string value;
  for (const otlp::KeyValue& item : attributes.items) {
    value.clear();
    const bool may_fit = item.value.text.size() <= limits::resource_bytes;
    if (may_fit) otlp::append_json(value, item.value);
    if (may_fit && out.size() + item.key.size() + value.size() <= limits::resource_bytes) {
      json.key(item.key).raw(value);
    } else {
      ++dropped;
    }
  }
  if (dropped > 0) json.key(missing_attributes).unsigned_integer(dropped);
  json.end_object();
  return out;
}

}  // namespace

std::int64_t clamped(std::uint64_t ns) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(ns, most));
}

std::string project_in(const otlp::Attributes& attributes, std::string_view key) {
  const otlp::AnyValue* const value = attributes.find(key);
  if (value == nullptr || value->kind == otlp::AnyValue::Kind::none) return {};
  if (value->kind == otlp::AnyValue::Kind::string) return std::string(value->text);
  std::string json;
  otlp::append_json(json, *value);
  return json;
}

namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

std::optional<std::string> refuse_project(std::string_view project) {
  if (project.size() > limits::project_bytes) {
    return "honeyhive.project has " + std::to_string(project.size()) + " bytes, at most " +
           std::to_string(limits::project_bytes) + " are allowed";
  }
  if (has_control_character(project)) {
    return "honeyhive.project contains a control character";
  }
  if (!core::is_utf8(project)) return "honeyhive.project is not UTF-8";
  return std::nullopt;
}

void Surroundings::enter(const otlp::ResourceView& resource, const otlp::ScopeView& scope) {
  if (resource_index_ != resource.index) remember(resource);
  resource_index_ = resource.index;
  if (scope_index_ != std::pair(resource.index, scope.index)) remember(scope);
  scope_index_ = {resource.index, scope.index};
}

void Surroundings::remember(const otlp::ResourceView& resource) {
  resource_json_ = json_of_resource(resource.attributes);
  resource_project_ = project_in(resource.attributes, project_key);
  resource_source_ = cut_text(resource.attributes.text("honeyhive.source"), limits::name_bytes);
}

void Surroundings::remember(const otlp::ScopeView& scope) {
  scope_ = scope_text(scope);
  scope_attributes_.clear();
  std::size_t bytes = 0;
  std::uint64_t dropped = scope.attributes.missing();
  for (const otlp::KeyValue& item : scope.attributes.items) {
    std::string json;
    if (item.value.text.size() <= limits::resource_bytes) otlp::append_json(json, item.value);
    if (json.empty() || bytes + item.key.size() + json.size() > limits::resource_bytes) {
      ++dropped;
      continue;
    }
    bytes += item.key.size() + json.size();
    scope_attributes_.push_back({"otel.scope." + std::string(item.key), item.value});
  }
  if (dropped == 0) return;
  scope_attributes_.push_back(
      {"otel.scope." + std::string(missing_attributes), otlp::AnyValue::of(clamped(dropped))});
}

std::optional<std::string> Surroundings::set_owner(const otlp::Attributes& attributes,
                                                   Event& event) const {
  event.project = project_in(attributes, project_key);
  if (event.project.empty()) event.project = resource_project_;
  if (event.project.empty()) event.project = project_in(attributes, project_twin);
  if (event.project.empty()) event.project = default_project;
  if (auto problem = refuse_project(event.project)) return problem;
  if (event.session_id.size() > limits::session_id_bytes) {
    return "honeyhive.session_id is longer than " + std::to_string(limits::session_id_bytes) +
           " bytes";
  }
  if (has_control_character(event.session_id)) {
    return "honeyhive.session_id contains a control character";
  }
  if (event.source.empty()) event.source = resource_source_;
  if (event.source.empty()) event.source = default_source_;
  return std::nullopt;
}

}  // namespace honeyhive::server

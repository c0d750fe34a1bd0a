#pragma once

// What spans and log records share with others of their resource and scope, and whose they are. Not
// thread-safe: one per request, it remembers the resource.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otlp/decode.h"
#include "server/store/event.h"

namespace honeyhive::server {

inline constexpr std::string_view default_project = "default";
inline constexpr std::string_view project_key = "honeyhive.project";
inline constexpr std::string_view project_twin = "traceloop.association.properties.project";

// What the bounds left out, ours and the sender's, is said where a reader sees it.
inline constexpr std::string_view missing_attributes = "honeyhive.dropped_attributes";

// Of the instrumentation scope, as metadata of its spans.
struct ScopeAttribute {
  std::string key;
  otlp::AnyValue value;
};

class Surroundings {
 public:
  // `source`: of what names none itself.
  explicit Surroundings(std::string source) : default_source_(std::move(source)) {}

  // Before each span or log record.
  void enter(const otlp::ResourceView& resource, const otlp::ScopeView& scope);

  // Project and source; `event` has session id and source as its own attributes name them. Why it
  // cannot be stored, if it cannot.
  std::optional<std::string> set_owner(const otlp::Attributes& attributes, Event& event) const;

  const std::string& resource_json() const noexcept { return resource_json_; }
  const std::string& scope() const noexcept { return scope_; }  // "name version"
  const std::vector<ScopeAttribute>& scope_attributes() const noexcept { return scope_attributes_; }

 private:
  void remember(const otlp::ResourceView& resource);
  void remember(const otlp::ScopeView& scope);

  std::string default_source_;
  std::optional<std::size_t> resource_index_;
  std::string resource_json_;
  std::string resource_project_;
  std::string resource_source_;
  std::optional<std::pair<std::size_t, std::size_t>> scope_index_;  // resource, scope
  std::string scope_;
  std::vector<ScopeAttribute> scope_attributes_;
};

// Text as it was sent, for `refuse_project` to judge; anything else as its JSON.
std::string project_in(const otlp::Attributes& attributes, std::string_view key);

// Why `project` cannot be a project's name; nullopt if it can.
std::optional<std::string> refuse_project(std::string_view project);

// A count or a time that must not become negative.
std::int64_t clamped(std::uint64_t value);

}  // namespace honeyhive::server

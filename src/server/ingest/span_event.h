#pragma once

// One decoded span as the record that is stored, or why it cannot be one.
//
// Odd times are no reason: they are stored as sent and marked. Not thread-safe: one mapper per
// request, it remembers the resource.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "otlp/decode.h"
#include "server/store/event.h"

namespace honeyhive::server {

inline constexpr std::string_view default_project = "default";

// Of the instrumentation scope, as metadata of its spans.
struct ScopeAttribute {
  std::string key;
  otlp::AnyValue value;
};

class SpanMapper {
 public:
  // `arrival_ns`: now. `source`: of spans that name none themselves.
  SpanMapper(std::int64_t arrival_ns, std::string source)
      : arrival_ns_(arrival_ns), default_source_(std::move(source)) {}

  // Error: `invalid_argument`, with field and value, for zero ids, ids of a wrong length, and
  // projects and session ids that are out of bounds.
  core::Result<Event> map(const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                          const otlp::SpanView& span);

 private:
  void remember(const otlp::ResourceView& resource);
  void remember(const otlp::ResourceView& resource, const otlp::ScopeView& scope);
  std::optional<std::string> set_ids(const otlp::SpanView& span, Event& event) const;
  std::optional<std::string> set_owner(const otlp::SpanView& span, Event& event) const;
  void set_times(const otlp::SpanView& span, Event& event) const;

  std::int64_t arrival_ns_;
  std::string default_source_;
  std::optional<std::size_t> resource_index_;
  std::string resource_json_;
  std::string resource_project_;
  std::string resource_source_;
  std::optional<std::pair<std::size_t, std::size_t>> scope_index_;  // resource, scope
  std::vector<ScopeAttribute> scope_attributes_;
};

// Marks times that cannot be right; an end before the start becomes the start.
void mark_odd_clock(Event& event, std::int64_t arrival_ns);

// Why `project` cannot be a project's name; nullopt if it can.
std::optional<std::string> refuse_project(std::string_view project);

}  // namespace honeyhive::server

#include "server/ingest/mapping_honeyhive.h"

#include <array>
#include <optional>
#include <string>

#include "core/limits.h"
#include "otlp/any_value_json.h"
#include "server/ingest/cut_text.h"
#include "server/ingest/event_type.h"

namespace honeyhive::server {
namespace {

// What one attribute is to us. Of several keys of one role the first in `roles` wins.
enum class Role : std::uint8_t {
  project,
  session_id,
  session_name,
  source,
  event_type,
  event_name,
  event_id,
  error,
};
constexpr std::size_t role_count = 8;

struct RoleKey {
  std::string_view key;
  Role role;
  bool is_shown = false;  // in metadata too
};

constexpr std::string_view type_key = "honeyhive_event_type";

constexpr auto roles = std::to_array<RoleKey>({
    {"honeyhive.project", Role::project},
    {"traceloop.association.properties.project", Role::project},
    {"honeyhive.session_id", Role::session_id},
    {"honeyhive_session_id", Role::session_id},
    {"traceloop.association.properties.session_id", Role::session_id},
    {"honeyhive.session_name", Role::session_name},
    {"honeyhive_session_name", Role::session_name},
    {"honeyhive.source", Role::source},
    {"honeyhive_source", Role::source},
    {"traceloop.association.properties.source", Role::source},
    {type_key, Role::event_type, true},
    {"honeyhive.event_type", Role::event_type},
    {"honeyhive_event_type_raw", Role::event_type},
    {"honeyhive_event_name", Role::event_name},
    {"honeyhive_event_id", Role::event_id, true},
    {"honeyhive_error", Role::error},
});

const RoleKey* find_role(std::string_view key) noexcept {
  if (!key.starts_with("honeyhive") && !key.starts_with("traceloop.")) return nullptr;
  for (const RoleKey& role : roles) {
    if (role.key == key) return &role;
  }
  return nullptr;
}

struct BucketKey {
  Bucket bucket;
  std::string_view key;
};

// "honeyhive_<bucket>.<key>" with a key.
std::optional<BucketKey> find_bucket(std::string_view key) noexcept {
  constexpr std::string_view prefix = "honeyhive_";
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  for (std::size_t i = 0; i < bucket_count; ++i) {
    const std::string_view name = bucket_names[i];
    if (key.size() > name.size() + 1 && key.starts_with(name) && key[name.size()] == '.') {
      return BucketKey{static_cast<Bucket>(i), key.substr(name.size() + 1)};
    }
  }
  return std::nullopt;
}

using Roles = std::array<const RoleKey*, role_count>;  // the best key seen of each
using Values = std::array<const otlp::AnyValue*, role_count>;

void sort_attribute(const otlp::KeyValue& attribute, Roles& best, Values& values,
                    SpanBuckets& buckets) {
  if (const RoleKey* const role = find_role(attribute.key)) {
    const auto at = static_cast<std::size_t>(role->role);
    if (best[at] == nullptr || role < best[at]) {
      best[at] = role;
      values[at] = &attribute.value;
    }
    if (role->is_shown) buckets.put_plain(attribute.key, attribute.value);
  } else if (const auto place = find_bucket(attribute.key)) {
    buckets.put(place->bucket, place->key, attribute.value);
  } else {
    buckets.put_plain(attribute.key, attribute.value);
  }
}

// Text as it is; anything else as its JSON.
std::string as_text(const otlp::AnyValue* value, std::size_t max_bytes) {
  if (value == nullptr || value->kind == otlp::AnyValue::Kind::none) return {};
  if (value->kind == otlp::AnyValue::Kind::string) return cut_text(value->text, max_bytes);
  std::string json;
  otlp::append_json(json, *value);
  return cut_text(json, max_bytes);
}

void set_type(const otlp::SpanView& span, std::string sent, Event& event) {
  const auto known = known_event_type(sent);
  event.event_type = known ? *known : infer_event_type(span);
  if (!known) event.event_type_text = std::move(sent);
}

}  // namespace

void map_honeyhive(const otlp::SpanView& span, Event& event, SpanBuckets& buckets) {
  Roles best{};
  Values values{};
  for (const otlp::KeyValue& attribute : span.attributes.items) {
    sort_attribute(attribute, best, values, buckets);
  }
  const auto text = [&](Role role, std::size_t max_bytes) {
    return as_text(values[static_cast<std::size_t>(role)], max_bytes);
  };
  // More than allowed, so that an id that is too long is seen and refused, not cut.
  event.session_id = text(Role::session_id, core::limits::session_id_bytes + 4);
  const std::string alias = text(Role::event_id, core::limits::session_id_bytes + 4);
  if (!alias.empty() && alias.size() <= core::limits::session_id_bytes) event.event_id = alias;
  event.session_name = text(Role::session_name, core::limits::name_bytes);
  event.source = text(Role::source, core::limits::name_bytes);
  event.error = text(Role::error, core::limits::value_bytes);
  // HoneyHive keeps a copy of the type under one key, whichever it was sent with.
  const RoleKey* const type = best[static_cast<std::size_t>(Role::event_type)];
  if (type != nullptr && !type->is_shown) {
    buckets.put_plain(type_key, *values[static_cast<std::size_t>(Role::event_type)]);
  }
  set_type(span, text(Role::event_type, core::limits::name_bytes), event);
  event.event_name = text(Role::event_name, core::limits::name_bytes);
  if (event.event_name.empty()) event.event_name = cut_text(span.name, core::limits::name_bytes);
}

}  // namespace honeyhive::server

#include "server/ingest/mapping_honeyhive.h"

#include <array>
#include <optional>
#include <string>

#include "core/limits.h"
#include "core/uuid.h"
#include "otlp/any_value_json.h"
#include "server/ingest/conventions.h"
#include "server/ingest/cut_text.h"
#include "server/ingest/event_type.h"

namespace honeyhive::server {
namespace {

// What one attribute is to us. Of several keys of one role the first in `roles` that says something
// wins; one that says something else is a plain attribute.
enum class Role : std::uint8_t {
  project,
  session_id,
  auto_create,
  session_name,
  source,
  event_type,
  event_name,
  event_id,
  error,
};
constexpr std::size_t role_count = 9;

struct RoleKey {
  std::string_view key;
  Role role;
  bool is_shown = false;    // in metadata, whether it wins or not
  bool is_foreign = false;  // a convention of others says where it is shown
};

constexpr std::string_view type_key = "honeyhive_event_type";

constexpr auto roles = std::to_array<RoleKey>({
    {"honeyhive.project", Role::project},
    {"traceloop.association.properties.project", Role::project},
    {"honeyhive.session_id", Role::session_id},
    {"honeyhive_session_id", Role::session_id},
    {"traceloop.association.properties.session_id", Role::session_id},
    {"session.id", Role::session_id, false, true},
    {"gen_ai.conversation.id", Role::session_id, false, true},
    {"honeyhive.session_auto_create", Role::auto_create, true},
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
  const bool may_be = key.starts_with("honeyhive") || key.starts_with("traceloop.") ||
                      key == "session.id" || key == "gen_ai.conversation.id";
  if (!may_be) return nullptr;
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

// Text as it is; anything else as its JSON.
std::string as_text(const otlp::AnyValue& value, std::size_t max_bytes) {
  if (value.kind == otlp::AnyValue::Kind::none) return {};
  if (value.kind == otlp::AnyValue::Kind::string) return cut_text(value.text, max_bytes);
  std::string json;
  otlp::append_json(json, value);
  return cut_text(json, max_bytes);
}

// More than allowed, so that an id that is too long is seen, not cut.
constexpr std::size_t most_of_id = core::limits::session_id_bytes + 4;

// The attributes that have a role, and who won each.
class Roles {
 public:
  void take(const RoleKey& role, const otlp::KeyValue& attribute) {
    taken_[static_cast<std::size_t>(&role - roles.data())] = &attribute;
  }

  // Who says the same as who won needs no place of its own.
  void decide(SpanBuckets& buckets) {
    for (std::size_t i = 0; i < roles.size(); ++i) {
      const RoleKey& role = roles[i];
      if (taken_[i] == nullptr || role.role == Role::project) continue;
      const otlp::KeyValue*& winner = winners_[static_cast<std::size_t>(role.role)];
      if (role.is_shown) buckets.put_plain(*taken_[i]);
      if (winner == nullptr && may_win(role, taken_[i]->value)) {
        winner = taken_[i];
      } else if (!role.is_shown && !role.is_foreign && !says(winner, taken_[i]->value)) {
        buckets.put_plain(*taken_[i]);
      }
    }
  }

  const otlp::KeyValue* winner(Role role) const { return winners_[static_cast<std::size_t>(role)]; }
  std::string text(Role role, std::size_t max_bytes) const {
    return winner(role) == nullptr ? std::string() : as_text(winner(role)->value, max_bytes);
  }

 private:
  // An id of somebody else's that cannot be a session's is none.
  static bool may_win(const RoleKey& role, const otlp::AnyValue& value) {
    using Kind = otlp::AnyValue::Kind;
    if (value.kind == Kind::none || (value.kind == Kind::string && value.text.empty())) {
      return false;
    }
    return !role.is_foreign || as_text(value, most_of_id).size() <= core::limits::session_id_bytes;
  }

  static bool says(const otlp::KeyValue* winner, const otlp::AnyValue& value) {
    if (winner == nullptr || winner->value.kind != value.kind) return false;
    if (value.kind == otlp::AnyValue::Kind::string) return winner->value.text == value.text;
    std::string one, other;
    otlp::append_json(one, winner->value);
    otlp::append_json(other, value);
    return one == other;
  }

  std::array<const otlp::KeyValue*, roles.size()> taken_{};
  std::array<const otlp::KeyValue*, role_count> winners_{};
};

void sort_attribute(const otlp::SpanView& span, const otlp::KeyValue& attribute, Roles& taken,
                    SpanMapping& mapping) {
  if (const RoleKey* const role = find_role(attribute.key)) {
    taken.take(*role, attribute);
    if (role->is_foreign) map_by_convention(span, attribute, mapping);
  } else if (const auto place = find_bucket(attribute.key)) {
    mapping.buckets.put_own(place->bucket, place->key, attribute);
  } else {
    map_by_convention(span, attribute, mapping);
  }
}

bool is_true(const otlp::KeyValue* attribute) {
  if (attribute == nullptr) return false;
  const otlp::AnyValue& value = attribute->value;
  return value.kind == otlp::AnyValue::Kind::boolean ? value.boolean : value.text == "true";
}

// A span that asks for a session of its own names none: its trace is one.
void set_session(const Roles& taken, Event& event) {
  event.session_id = taken.text(Role::session_id, most_of_id);
  event.session_name = taken.text(Role::session_name, core::limits::name_bytes);
  if (!event.session_id.empty() || !is_true(taken.winner(Role::auto_create))) return;
  core::Uuid uuid;
  const std::string_view bytes = event.trace_id.view();
  std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  event.session_id = uuid.text();
}

void set_type(const otlp::SpanView& span, const Roles& taken, Event& event, SpanBuckets& buckets) {
  // HoneyHive keeps a copy of the type under one key, whichever it was sent with.
  const otlp::KeyValue* const type = taken.winner(Role::event_type);
  if (type != nullptr && type->key != type_key) buckets.put_plain(type_key, type->value);
  std::string sent = taken.text(Role::event_type, core::limits::name_bytes);
  const auto known = known_event_type(sent);
  event.event_type = known ? *known : infer_event_type(span);
  if (!known) event.event_type_text = std::move(sent);
}

}  // namespace

void map_honeyhive(const otlp::SpanView& span, Event& event, SpanMapping& mapping) {
  Roles taken;
  for (const otlp::KeyValue& attribute : span.attributes.items) {
    sort_attribute(span, attribute, taken, mapping);
  }
  taken.decide(mapping.buckets);
  set_session(taken, event);
  const std::string alias = taken.text(Role::event_id, most_of_id);
  if (!alias.empty() && alias.size() <= core::limits::session_id_bytes) event.event_id = alias;
  event.source = taken.text(Role::source, core::limits::name_bytes);
  event.error = taken.text(Role::error, core::limits::value_bytes);
  set_type(span, taken, event, mapping.buckets);
  event.event_name = taken.text(Role::event_name, core::limits::name_bytes);
  if (event.event_name.empty()) event.event_name = cut_text(span.name, core::limits::name_bytes);
}

}  // namespace honeyhive::server

#include "server/ingest/rest_fields.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "core/limits.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {

namespace limits = core::limits;

std::string new_id() {
  // The kernel's, as std::random_device may take 100 us for as many.
  std::array<std::uint8_t, 16> bits{};
  if (::getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size())) {
    throw std::bad_alloc();  // up to 256 bytes are never refused once the system is up
  }
  return core::Uuid::with_version(bits, 4).text();
}

std::string id_field(JsonFields& fields, std::string_view name) {
  return fields.text(name, limits::session_id_bytes);
}

core::Result<std::string> path_id(const Request& request, std::string_view name) {
  const std::string_view id = request.path_value(name);
  if (id.size() > limits::session_id_bytes) {
    return core::Error{core::Error::Code::invalid_argument,
                       std::string(name) + ": expected at most " +
                           std::to_string(limits::session_id_bytes) + " bytes, got " +
                           std::to_string(id.size())};
  }
  std::string valid;
  core::append_repaired(valid, id);
  return valid;
}

core::Result<void> set_record_id(const Request& request, Event& event) {
  const std::string_view id = request.header("hh-record-id");
  if (id.size() > limits::session_id_bytes) {
    return core::Error{core::Error::Code::invalid_argument,
                       "hh-record-id: expected at most " +
                           std::to_string(limits::session_id_bytes) + " bytes, got " +
                           std::to_string(id.size())};
  }
  core::append_repaired(event.record_id, id);
  return {};
}

std::string any_object(JsonFields& fields, std::string_view name) {
  const std::string value = fields.raw(name);
  if (value.empty() || value.front() == '{') return fields.object(name);
  return "{\"result\":" + value + "}";
}

std::string error_field(JsonFields& fields) {
  std::string value = fields.raw("error");
  if (value.empty() || value.front() == '"') return fields.text("error", limits::value_bytes);
  return value;
}

std::string project_field(JsonFields& fields) {
  const char* const name = fields.has("project") ? "project" : "project_id";
  std::string project = fields.text(name, limits::project_bytes);
  if (refuse_project(project)) fields.refuse(name, "a name without control characters");
  return project;
}

void set_times(const JsonFields& fields, Event& event, std::int64_t now_ns) {
  const auto start = fields.milliseconds_as_ns("start_time");
  const auto end = fields.milliseconds_as_ns("end_time");
  const std::int64_t duration = fields.milliseconds_as_ns("duration").value_or(0);
  if (start) {
    event.start_ns = *start;
  } else {
    event.start_ns = end ? std::max<std::int64_t>(*end - duration, 0) : now_ns;
  }
  const std::int64_t longest = std::numeric_limits<std::int64_t>::max() - event.start_ns;
  event.end_ns = end.value_or(event.start_ns + std::min(duration, longest));
  mark_odd_clock(event, now_ns);
}

void set_common(JsonFields& fields, Event& event, std::int64_t now_ns) {
  const auto text_or_unknown = [&](std::string_view name) {
    std::string text = fields.text(name, limits::name_bytes);
    return text.empty() ? std::string("unknown") : text;
  };
  event.event_name = text_or_unknown("event_name");
  event.source = text_or_unknown("source");
  event.error = error_field(fields);
  event.children_ids = fields.texts("children_ids", limits::session_id_bytes);
  set_times(fields, event, now_ns);
  for (std::size_t i = 0; i < bucket_count; ++i) {
    const bool may_be_anything = static_cast<Bucket>(i) == Bucket::outputs;
    event.buckets[i] =
        may_be_anything ? any_object(fields, bucket_names[i]) : fields.object(bucket_names[i]);
  }
}

}  // namespace honeyhive::server

// honeyhive/testing.h: what test tracers recorded, decoded from the very bytes that would be sent.

#include "honeyhive/testing.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "core/hex.h"
#include "core/log.h"
#include "honeyhive/semconv.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"
#include "sdk/deliver/scrub.h"
#include "sdk/runtime.h"
#include "sdk/session.h"
#include "sdk/testing_sessions.h"

namespace honeyhive::testing {
namespace {

namespace field = otlp::field;

// A captured span that nobody has asked for yet.
struct Captured {
  const detail::TracerImpl* tracer;
  std::uint64_t life;
  std::uint64_t start_ns;
  SpanData span;
};

struct Store {
  std::mutex mutex;
  std::vector<Captured> spans;
  sdk::TestSessions sessions;
};

Store& store() {
  static auto* const instance = new Store;
  return *instance;
}

Value decode_value(std::string_view any_value) {
  otlp::FieldReader reader(any_value);
  otlp::Field part;
  if (!reader.next(part)) return {};
  switch (part.number) {
    case field::any_value::string:
      return part.bytes;
    case field::any_value::boolean:
      return part.number_value != 0;
    case field::any_value::integer:
      return static_cast<std::int64_t>(part.number_value);
    case field::any_value::number:
      return part.as_double();
    default:
      return {};
  }
}

void decode_attribute(std::string_view key_value, Object& into) {
  std::string_view key, any_value;
  if (otlp::read_key_value(key_value, key, any_value)) into[key] = decode_value(any_value);
}

EventData decode_event(std::string_view message) {
  EventData event;
  otlp::FieldReader reader(message);
  otlp::Field part;
  while (reader.next(part)) {
    if (part.number == field::event::name) event.name = part.bytes;
    if (part.number == field::event::attributes) decode_attribute(part.bytes, event.attributes);
  }
  return event;
}

void decode_status(std::string_view message, SpanData& span) {
  otlp::FieldReader reader(message);
  otlp::Field part;
  while (reader.next(part)) {
    if (part.number == field::status::message) span.status_description = part.bytes;
    if (part.number == field::status::code)
      span.status = static_cast<StatusCode>(part.number_value);
  }
}

Captured decode(std::string_view message) {
  Captured out{};
  std::uint64_t end_ns = 0;
  otlp::FieldReader reader(message);
  otlp::Field part;
  while (reader.next(part)) {
    switch (part.number) {
      case field::span::trace_id:
        out.span.trace_id = core::to_hex(part.bytes);
        break;
      case field::span::span_id:
        out.span.span_id = core::to_hex(part.bytes);
        break;
      case field::span::parent_span_id:
        out.span.parent_id = core::to_hex(part.bytes);
        break;
      case field::span::name:
        out.span.name = part.bytes;
        break;
      case field::span::start_time:
        out.start_ns = part.number_value;
        break;
      case field::span::end_time:
        end_ns = part.number_value;
        break;
      case field::span::attributes:
        decode_attribute(part.bytes, out.span.attributes);
        break;
      case field::span::events:
        out.span.events.push_back(decode_event(part.bytes));
        break;
      case field::span::status:
        decode_status(part.bytes, out.span);
        break;
      default:
        break;
    }
  }
  out.span.duration = std::chrono::nanoseconds(end_ns - out.start_ns);
  return out;
}

// As the worker does it: repaired, with the tracer's constants.
Captured capture_record(const detail::TracerImpl& tracer, const sdk::Record& record) {
  const auto type =
      static_cast<std::size_t>(record.header->flags & sdk::record_flag::event_type_mask);
  sdk::Session* const session = sdk::session_at(record.header->session);
  const std::string made = sdk::scrub(
      {record.bytes + otlp::record_frame_bytes, record.header->bytes - otlp::record_frame_bytes},
      session != nullptr ? session->constants(type, false)
                         : std::string_view(tracer.constants[type]));
  Captured out = decode(std::string_view(made).substr(otlp::record_frame_bytes));
  out.tracer = &tracer;
  out.life = tracer.life;
  const auto text = [&](const char* key) {
    return std::string(out.span.attributes[key].as_string());
  };
  out.span.session_id = text(semconv::session_id);
  out.span.project = text(semconv::project);
  out.span.source = text(semconv::source);
  return out;
}

void collect(Store& into) {
  sdk::Runtime::get().collect_test_records(
      [&](detail::TracerImpl& tracer, const sdk::Record& record) {
        const std::string_view content(record.bytes, record.header->bytes);
        switch (record.header->type) {
          case sdk::RecordType::span:
            into.spans.push_back(capture_record(tracer, record));
            tracer.delivery.captured.add();
            break;
          case sdk::RecordType::session_start:
            into.sessions.start(tracer, content);
            break;
          case sdk::RecordType::event_update:
            into.sessions.update(tracer, content);
            break;
        }
      });
}

// Takes the spans that `wanted` accepts, in the order they started.
template <typename Wanted>
std::vector<SpanData> take(Wanted wanted) {
  Store& all = store();
  const std::scoped_lock lock(all.mutex);
  collect(all);
  const auto first =
      std::stable_partition(all.spans.begin(), all.spans.end(),
                            [&](const Captured& captured) { return !wanted(captured); });
  std::stable_sort(first, all.spans.end(), [](const Captured& left, const Captured& right) {
    return left.start_ns < right.start_ns;
  });
  std::vector<SpanData> out;
  for (auto at = first; at != all.spans.end(); ++at) out.push_back(std::move(at->span));
  all.spans.erase(first, all.spans.end());
  return out;
}

SessionData by_id(std::vector<SessionData> all, std::string_view id) {
  for (SessionData& session : all) {
    if (session.id == id) return std::move(session);
  }
  return {};
}

void append_line(std::string& out, const SpanData& span, std::size_t depth) {
  out.append(2 * depth, ' ').append(span.name);
  if (!span.event_type().empty()) out.append(" (").append(span.event_type()).append(")");
  if (span.status == StatusCode::error) {
    out += " ERROR";
    if (!span.status_description.empty()) out += ": " + span.status_description;
  }
  out += '\n';
}

void append_children(std::string& out, const std::vector<SpanData>& spans,
                     std::string_view parent_id, std::size_t depth) {
  for (const SpanData& span : spans) {
    if (span.parent_id != parent_id) continue;
    append_line(out, span, depth);
    append_children(out, spans, span.span_id, depth + 1);
  }
}

}  // namespace

const Value& SpanData::operator[](std::string_view key) const noexcept {
  if (attributes.contains(key)) return attributes[key];
  try {
    return attributes["honeyhive_" + std::string(key)];
  } catch (...) {
    return attributes[key];
  }
}

std::string_view SpanData::event_type() const noexcept {
  return attributes[semconv::event_type].as_string();
}

std::vector<SpanData> capture(const HoneyHiveTracer& tracer) {
  const auto* const impl = detail::TracerAccess::of(tracer);
  if (impl == nullptr) return {};
  if (!impl->settings.test_mode.value) {
    core::log_line(core::LogLevel::warning,
                   "testing::capture sees nothing of a tracer that is not in test mode; make it "
                   "with .test_mode = true");
    return {};
  }
  const std::uint64_t life = impl->life;
  return take(
      [&](const Captured& captured) { return captured.tracer == impl && captured.life == life; });
}

std::vector<SpanData> capture() {
  return take([](const Captured&) { return true; });
}

std::vector<SessionData> sessions(const HoneyHiveTracer& tracer) {
  const auto* const impl = detail::TracerAccess::of(tracer);
  if (impl == nullptr) return {};
  Store& all = store();
  const std::scoped_lock lock(all.mutex);
  collect(all);
  return all.sessions.of(impl);
}

SessionData session(const HoneyHiveTracer& tracer, std::string_view id) {
  return by_id(sessions(tracer), id);
}

SessionData session(std::string_view id) {
  Store& all = store();
  const std::scoped_lock lock(all.mutex);
  collect(all);
  return by_id(all.sessions.of(nullptr), id);
}

const SpanData& find(const std::vector<SpanData>& spans, std::string_view name) {
  static const SpanData none;
  const auto found = std::find_if(spans.begin(), spans.end(),
                                  [&](const SpanData& span) { return span.name == name; });
  return found == spans.end() ? none : *found;
}

std::string tree(const std::vector<SpanData>& spans) {
  std::string out;
  for (const SpanData& span : spans) {
    // A root, or a span whose parent is not among these.
    const bool has_parent = std::any_of(spans.begin(), spans.end(), [&](const SpanData& other) {
      return !span.parent_id.empty() && other.span_id == span.parent_id;
    });
    if (has_parent) continue;
    append_line(out, span, 0);
    append_children(out, spans, span.span_id, 1);
  }
  return out;
}

}  // namespace honeyhive::testing

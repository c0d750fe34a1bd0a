#include "server/store/event_codec.h"

#include <algorithm>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "otlp/event_id.h"

namespace honeyhive::server {
namespace {

using core::Error;

enum class Records : protozero::pbf_tag_type { event = 1 };

// Append, never renumber: stored.
enum class Field : protozero::pbf_tag_type {
  kind = 1,
  event_id = 2,  // left out where it is the one that follows from trace and span
  span_id = 3,
  parent_span_id = 4,
  session_id = 5,
  session_name = 6,
  event_type = 7,
  event_type_text = 8,
  event_name = 9,
  source = 10,
  error = 11,
  status = 12,
  status_description = 13,
  start_ns = 14,
  end_ns = 15,
  flags = 16,
  first_bucket = 17,  // one field per bucket, in the order of `Bucket`
  last_bucket = 31,
  span_events = 32,
  links = 33,
  resource = 34,
  scope = 35,
  span_kind = 36,
  tokens_in = 37,
  tokens_out = 38,
  model = 39,
  duration_ns = 40,
  arrival_ns = 41,
  parent_id = 42,
  children_ids = 43,
  record_id = 44,
  body = 48,
  severity_text = 49,
  severity = 50,
  observed_ns = 51,
};

enum Flag : std::uint32_t {
  clock_odd = 1,
  has_start = 2,
  has_end = 4,
  has_duration = 8,
};

struct TextField {
  Field field;
  std::string Event::*member;
};

constexpr TextField text_fields[] = {
    {Field::session_id, &Event::session_id},
    {Field::session_name, &Event::session_name},
    {Field::event_type, &Event::event_type},
    {Field::event_type_text, &Event::event_type_text},
    {Field::event_name, &Event::event_name},
    {Field::source, &Event::source},
    {Field::error, &Event::error},
    {Field::status_description, &Event::status_description},
    {Field::span_events, &Event::span_events},
    {Field::links, &Event::links},
    {Field::resource, &Event::resource},
    {Field::scope, &Event::scope},
    {Field::model, &Event::model},
    {Field::parent_id, &Event::parent_id},
    {Field::children_ids, &Event::children_ids},
    {Field::record_id, &Event::record_id},
    {Field::body, &Event::body},
    {Field::severity_text, &Event::severity_text},
};

using Builder = protozero::pbf_builder<Field>;
using Message = protozero::pbf_message<Field>;

std::string own_event_id(const Event& event) {
  return otlp::event_id(event.trace_id, event.span_id).text();
}

void add_numbers(Builder& record, const Event& event) {
  const auto add = [&record](Field field, std::uint64_t value) {
    if (value != 0) record.add_uint64(field, value);
  };
  add(Field::status, static_cast<std::uint64_t>(event.status));
  if (event.start_ns != 0) record.add_sfixed64(Field::start_ns, event.start_ns);
  if (event.end_ns != 0) record.add_sfixed64(Field::end_ns, event.end_ns);
  add(Field::flags, (event.clock_odd ? clock_odd : 0u) | (event.has_start ? has_start : 0u) |
                        (event.has_end ? has_end : 0u) | (event.has_duration ? has_duration : 0u));
  add(Field::span_kind, event.span_kind);
  add(Field::tokens_in, event.tokens_in);
  add(Field::tokens_out, event.tokens_out);
  if (event.duration_ns != 0) record.add_sfixed64(Field::duration_ns, event.duration_ns);
  if (event.arrival_ns != 0) record.add_sfixed64(Field::arrival_ns, event.arrival_ns);
  add(Field::severity, event.severity);
  if (event.observed_ns != 0) record.add_sfixed64(Field::observed_ns, event.observed_ns);
}

std::string view_text(Message& record) {
  const protozero::data_view view = record.get_view();
  return {view.data(), view.size()};
}

template <std::size_t N>
core::Id<N> read_id(Message& record) {
  const protozero::data_view view = record.get_view();
  const auto id = core::Id<N>::from_bytes({view.data(), view.size()});
  if (!id) throw protozero::invalid_length_exception();
  return *id;
}

void read_flags(std::uint64_t flags, Event& event) {
  event.clock_odd = (flags & clock_odd) != 0;
  event.has_start = (flags & has_start) != 0;
  event.has_end = (flags & has_end) != 0;
  event.has_duration = (flags & has_duration) != 0;
}

void read_bytes(Message& record, Event& event) {
  const Field field = record.tag();
  if (field == Field::event_id) {
    event.event_id = view_text(record);
  } else if (field == Field::span_id) {
    event.span_id = read_id<8>(record);
  } else if (field == Field::parent_span_id) {
    event.parent_span_id = read_id<8>(record);
  } else if (const auto bucket =
                 static_cast<std::size_t>(field) - static_cast<std::size_t>(Field::first_bucket);
             bucket < bucket_count) {
    event.buckets[bucket] = view_text(record);
  } else {
    const auto* const text =
        std::find_if(std::begin(text_fields), std::end(text_fields),
                     [field](const TextField& candidate) { return candidate.field == field; });
    if (text == std::end(text_fields)) return record.skip();
    event.*(text->member) = view_text(record);
  }
}

void read_varint(Message& record, Event& event) {
  switch (record.tag()) {
    case Field::kind:
      event.kind = static_cast<Event::Kind>(record.get_uint32());
      return;
    case Field::status:
      event.status = static_cast<Status>(std::min<std::uint32_t>(record.get_uint32(), 2));
      return;
    case Field::flags:
      return read_flags(record.get_uint64(), event);
    case Field::span_kind:
      event.span_kind = static_cast<std::uint8_t>(record.get_uint32());
      return;
    case Field::tokens_in:
      event.tokens_in = record.get_uint64();
      return;
    case Field::tokens_out:
      event.tokens_out = record.get_uint64();
      return;
    case Field::severity:
      event.severity = static_cast<std::uint8_t>(record.get_uint32());
      return;
    default:
      record.skip();
  }
}

void read_time(Message& record, Event& event) {
  switch (record.tag()) {
    case Field::start_ns:
      event.start_ns = record.get_sfixed64();
      return;
    case Field::end_ns:
      event.end_ns = record.get_sfixed64();
      return;
    case Field::duration_ns:
      event.duration_ns = record.get_sfixed64();
      return;
    case Field::arrival_ns:
      event.arrival_ns = record.get_sfixed64();
      return;
    case Field::observed_ns:
      event.observed_ns = record.get_sfixed64();
      return;
    default:
      record.skip();
  }
}

// A field of another wire type than ours is one we do not know.
void read_field(Message& record, Event& event) {
  switch (record.wire_type()) {
    case protozero::pbf_wire_type::length_delimited:
      return read_bytes(record, event);
    case protozero::pbf_wire_type::varint:
      return read_varint(record, event);
    case protozero::pbf_wire_type::fixed64:
      return read_time(record, event);
    default:
      record.skip();
  }
}

Event decode_event(protozero::data_view bytes, const EventOrigin& origin) {
  Event event;
  event.project = origin.project;
  event.trace_id = origin.trace_id;
  Message record(bytes);
  while (record.next()) read_field(record, event);
  if (event.kind == Event::Kind::span && event.event_id.empty()) {
    event.event_id = own_event_id(event);
  }
  return event;
}

// A later version may have written others.
bool is_known(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::span:
    case Event::Kind::session:
    case Event::Kind::update:
    case Event::Kind::created:
    case Event::Kind::log:
      return true;
  }
  return false;
}

template <typename Visit>
core::Result<void> visit_records(std::string_view records, const Visit& visit) {
  try {
    protozero::pbf_message<Records> message(records.data(), records.size());
    while (message.next(Records::event, protozero::pbf_wire_type::length_delimited)) {
      visit(message.get_view());
    }
  } catch (const protozero::exception& failure) {
    return Error{Error::Code::malformed_data, std::string("stored event: ") + failure.what()};
  }
  return {};
}

}  // namespace

void append_event(std::string& out, const Event& event) {
  protozero::pbf_builder<Records> records(out);
  Builder record(records, Records::event);
  record.add_uint32(Field::kind, static_cast<std::uint32_t>(event.kind));
  const bool is_span = event.kind == Event::Kind::span;
  if (!is_span || event.event_id != own_event_id(event)) {
    record.add_string(Field::event_id, event.event_id);
  }
  if (is_span || !event.span_id.is_zero()) {
    record.add_bytes(Field::span_id, event.span_id.view().data(), 8);
  }
  if (!event.parent_span_id.is_zero()) {
    record.add_bytes(Field::parent_span_id, event.parent_span_id.view().data(), 8);
  }
  for (const TextField& text : text_fields) {
    if (!(event.*text.member).empty()) record.add_string(text.field, event.*text.member);
  }
  for (std::size_t i = 0; i < bucket_count; ++i) {
    if (event.buckets[i].empty()) continue;
    const auto tag = static_cast<std::size_t>(Field::first_bucket) + i;
    record.add_string(static_cast<Field>(tag), event.buckets[i]);
  }
  add_numbers(record, event);
}

core::Result<std::vector<Event>> decode_events(std::string_view records,
                                               const EventOrigin& origin) {
  std::vector<Event> events;
  const auto visited = visit_records(records, [&](protozero::data_view record) {
    Event event = decode_event(record, origin);
    if (is_known(event.kind)) events.push_back(std::move(event));
  });
  if (!visited) return visited.error();
  return events;
}

core::Result<std::vector<core::SpanId>> decode_span_ids(std::string_view records) {
  std::vector<core::SpanId> ids;
  const auto visited = visit_records(records, [&](protozero::data_view bytes) {
    Message record(bytes);
    if (record.next(Field::span_id, protozero::pbf_wire_type::length_delimited)) {
      ids.push_back(read_id<8>(record));
    }
  });
  if (!visited) return visited.error();
  return ids;
}

std::size_t event_bytes(const Event& event) noexcept {
  std::size_t bytes = sizeof event + event.project.size() + event.event_id.size();
  for (const TextField& text : text_fields) bytes += (event.*text.member).size();
  for (const std::string& bucket : event.buckets) bytes += bucket.size();
  return bytes;
}

}  // namespace honeyhive::server

#include "otlp/decode.h"
#include "otlp/decode_request.h"
#include "otlp/decode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {
namespace {

using namespace wire;

constexpr RequestKind logs_request = {.what = "logs request",
                                      .items = "log records",
                                      .request = "ExportLogsServiceRequest",
                                      .resources = "ResourceLogs",
                                      .scopes = "ScopeLogs",
                                      .resource_field = "resource_logs",
                                      .scope_field = "scope_logs",
                                      .item_field = "log_records"};

bool read_text(pbf_reader& reader, LogView& log) {
  switch (reader.tag_and_type()) {
    case delimited(field::log_record::severity_text):
      log.severity_text = view(reader);
      return true;
    case delimited(field::log_record::event_name):
      log.event_name = view(reader);
      return true;
    case delimited(field::log_record::trace_id):
      log.trace_id = view(reader);
      return true;
    case delimited(field::log_record::span_id):
      log.span_id = view(reader);
      return true;
    case delimited(field::log_record::body):
      log.body = read_any_value(view(reader), Check::yes, 1);
      return true;
    case delimited(field::log_record::attributes):
      log.attributes.add(read_key_value(view(reader), Check::yes, 1));
      return true;
    default:
      return false;
  }
}

bool read_number(pbf_reader& reader, LogView& log) {
  switch (reader.tag_and_type()) {
    case fixed64(field::log_record::time):
      log.time_ns = reader.get_fixed64();
      return true;
    case fixed64(field::log_record::observed_time):
      log.observed_ns = reader.get_fixed64();
      return true;
    case varint(field::log_record::severity_number):
      log.severity = reader.get_uint64();
      return true;
    case varint(field::log_record::dropped_attributes_count):
      log.attributes.dropped_by_sender = reader.get_uint32();
      return true;
    default:
      return false;
  }
}

void read_log(std::string_view encoded, LogView& log) {
  std::vector<KeyValue> items = std::move(log.attributes.items);  // keeps their memory
  items.clear();
  const std::size_t index = log.index;
  log = {};
  log.index = index;
  log.encoded_bytes = encoded.size();
  log.attributes.items = std::move(items);
  for_each_field(encoded, "LogRecord", [&](pbf_reader& reader, const char*) {
    return read_text(reader, log) || read_number(reader, log);
  });
  log.attributes.keep_last();
}

}  // namespace

core::Result<void> decode_logs_request(std::string_view body, const LogSink& sink) {
  LogView log;
  return decode_request(body, logs_request,
                        [&](const ResourceView& resource, const ScopeView& scope, std::size_t index,
                            std::string_view encoded) {
                          log.index = index;
                          read_log(encoded, log);
                          sink(resource, scope, log);
                        });
}

std::string place_of(const ResourceView& resource, const ScopeView& scope, const LogView& log) {
  return place_in(logs_request, resource, scope, log.index);
}

}  // namespace honeyhive::otlp

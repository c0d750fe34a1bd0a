// Any bytes as an OTLP request: every part of what is decoded can be read, lies within the request,
// keeps the bounds of core/limits.h and is JSON when written as such.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "core/limits.h"
#include "otlp/any_value_json.h"
#include "otlp/decode.h"
#include "require.h"

namespace honeyhive::fuzz {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view body) : body_(body) {}

  void read(const otlp::SpanView& span) {
    for (const std::string_view text :
         {span.trace_id, span.span_id, span.parent_span_id, span.name, span.status_message}) {
      within(text);
    }
    read(span.attributes);
    otlp::EventView event;
    for (const std::string_view encoded : span.events) {
      otlp::read_event(encoded, event);
      within(event.name);
      read(event.attributes);
    }
    otlp::LinkView link;
    for (const std::string_view encoded : span.links) {
      otlp::read_link(encoded, link);
      within(link.trace_id);
      within(link.span_id);
      read(link.attributes);
    }
  }

  void read(const otlp::Attributes& attributes) {
    for (const otlp::KeyValue& item : attributes.items) {
      within(item.key);
      require(!item.key.empty() && item.key.size() <= core::limits::received_key_bytes,
              "keys are within their bound");
      require(attributes.find(item.key) == &item.value, "each key is there once");
      read(item.value, 0);
    }
    json_.clear();
    otlp::append_json(json_, attributes);
    require(nlohmann::json::accept(json_), "attributes are written as JSON");
  }

 private:
  void within(std::string_view part) const {
    const std::less_equal<> before;
    require(part.empty() || (before(body_.data(), part.data()) &&
                             before(part.data() + part.size(), body_.data() + body_.size())),
            "a view lies within the request");
  }

  void read(const otlp::AnyValue& value, std::size_t depth) {
    using Kind = otlp::AnyValue::Kind;
    within(value.text);
    if (depth == core::limits::any_value_depth) return;
    if (value.kind == Kind::array) {
      otlp::for_each_item(value, [&](const otlp::AnyValue& item) { read(item, depth + 1); });
    }
    if (value.kind == Kind::kvlist) {
      for (const otlp::KeyValue& item : otlp::entries_of(value).items) read(item.value, depth + 1);
    }
  }

  std::string_view body_;
  std::string json_;
};

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  const std::string_view body = fuzz::text_of(data, size);
  fuzz::Reader reader(body);
  const auto decoded = otlp::decode_trace_request(
      body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                const otlp::SpanView& span) {
        fuzz::require(!otlp::place_of(resource, scope, span).empty(), "a span has a place");
        reader.read(resource.attributes);
        reader.read(span);
      });
  fuzz::require(decoded || !decoded.error().message.empty(), "an error says what is wrong");
  return 0;
}

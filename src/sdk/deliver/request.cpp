#include "sdk/deliver/request.h"

#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"
#include "sdk/version.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
using otlp::Wire;

constexpr std::size_t longest_message = 200;

void append_head(std::string& out, std::uint32_t number, std::uint64_t content_bytes) {
  char head[2 * core::max_varint_bytes];
  char* end = core::put_varint(head, otlp::tag(number, Wire::bytes));
  end = core::put_varint(end, content_bytes);
  out.append(head, static_cast<std::size_t>(end - head));
}

void append_field(std::string& out, std::uint32_t number, std::string_view content) {
  append_head(out, number, content.size());
  out += content;
}

}  // namespace

std::string request_prefix(std::string_view resource, std::uint64_t records_bytes) {
  std::string scope;
  append_field(scope, field::scope::name, "honeyhive");
  append_field(scope, field::scope::version, version);
  std::string scope_spans;
  append_field(scope_spans, field::scope_spans::scope, scope);
  std::string resource_spans;
  append_field(resource_spans, field::resource_spans::resource, resource);
  append_head(resource_spans, field::resource_spans::scope_spans,
              scope_spans.size() + records_bytes);
  resource_spans += scope_spans;
  std::string out;
  append_head(out, field::request::resource_spans, resource_spans.size() + records_bytes);
  return out + resource_spans;
}

PartialSuccess read_partial_success(std::string_view answer) noexcept {
  PartialSuccess out;
  otlp::FieldReader reader(answer);
  otlp::Field outer, inner;
  while (reader.next(outer)) {
    if (outer.number != field::response::partial_success || outer.wire != Wire::bytes) continue;
    otlp::FieldReader part(outer.bytes);
    while (part.next(inner)) {
      if (inner.number == field::partial_success::rejected_spans && inner.wire == Wire::varint) {
        out.rejected_spans = inner.number_value;
      }
      if (inner.number == field::partial_success::error_message && inner.wire == Wire::bytes) {
        out.message = inner.bytes;
      }
    }
    if (part.malformed()) return {};
  }
  return reader.malformed() ? PartialSuccess{} : out;
}

bool is_page(std::string_view answer) noexcept {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (answer.starts_with(byte_order_mark)) answer.remove_prefix(byte_order_mark.size());
  const auto first = answer.find_first_not_of(" \t\r\n");
  return first != answer.npos && answer[first] == '<';
}

std::string readable_message(std::string_view text) {
  std::string out;
  core::append_repaired(out, core::cut_at_character(text, longest_message));
  // It comes from a server and goes to a terminal.
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace honeyhive::sdk

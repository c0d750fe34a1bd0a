// Headers of whoever calls the program. The first byte chooses: 0 traceparent, 1 tracestate, 2
// baggage, each of several lines; 3 ids and values of any bytes, to be written. What is accepted is
// written as something that is accepted and means the same; what is written is read as it was.

#include <set>
#include <string>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "require.h"
#include "sdk/propagate/baggage.h"
#include "sdk/propagate/traceparent.h"
#include "sdk/propagate/tracestate.h"

namespace honeyhive::fuzz {
namespace {

namespace limits = core::limits;

std::vector<std::string_view> lines_of(std::string_view input) {
  std::vector<std::string_view> lines;
  while (!input.empty()) {
    const auto end = input.find('\n');
    lines.push_back(input.substr(0, end));
    input = end == input.npos ? std::string_view() : input.substr(end + 1);
  }
  return lines;
}

bool is_header_text(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

void write_parent(const sdk::TraceParent& parent) {
  const auto bytes = sdk::write_traceparent(parent);
  const std::string_view header(bytes.data(), bytes.size());
  const auto again = sdk::parse_traceparent(header);
  require(again && *again == parent, "a traceparent is read as it was written");
  require(header.find_first_not_of("0123456789abcdef-") == header.npos, "in lower case");
}

void read_parent(std::string_view header) {
  const auto parent = sdk::parse_traceparent(header);
  if (!parent) return;
  require(!parent->trace_id.is_zero() && !parent->span_id.is_zero(), "ids are not zero");
  require((parent->flags & ~sdk::TraceParent::known_flags) == 0, "flags are known");
  require(header.find(parent->trace_id.hex() + "-" + parent->span_id.hex() + "-") != header.npos,
          "ids are the header's");
  write_parent(*parent);
}

void read_state(std::string_view input) {
  const auto lines = lines_of(input);
  const auto state = sdk::parse_tracestate(lines);
  if (!state) return;
  require(is_header_text(state->text()), "a tracestate is header text");
  require(state->text().size() <= limits::tracestate_bytes, "a tracestate is bounded");
  const std::string_view kept = state->text();
  const auto again = sdk::parse_tracestate({&kept, 1});
  require(again && again->text() == kept, "what was kept is kept");

  std::set<std::string_view> keys;
  for (std::string_view rest = kept; !rest.empty();) {
    const std::string_view member = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), member.size() + 1));
    require(input.find(member) != input.npos, "a member is as it came");
    require(keys.insert(member.substr(0, member.find('='))).second, "a key is there once");
  }
  require(keys.size() <= limits::tracestate_members, "members are few");
}

void write_values(const sdk::Baggage& baggage, const sdk::Baggage& read) {
  const std::string line = sdk::write_baggage(baggage);
  require(is_header_text(line) && line.find(' ') == line.npos, "baggage is header text");
  require(line.size() <= limits::baggage_bytes, "baggage is bounded");
  const std::string_view view = line;
  std::string decoded;
  require(sdk::parse_baggage({&view, 1}, decoded) == read, "baggage is read as it was written");
  require(sdk::write_baggage(read) == line || !(baggage == read), "and written as it was read");
}

void read_baggage(std::string_view input) {
  std::string decoded;
  const sdk::Baggage baggage = sdk::parse_baggage(lines_of(input), decoded);
  for (const std::string_view value : {baggage.session_id, baggage.project, baggage.source,
                                       baggage.run_id, baggage.dataset_id, baggage.datapoint_id}) {
    require(value.size() <= limits::baggage_value_bytes, "a value is bounded");
    require(core::is_utf8(value), "a value is UTF-8");
  }
  write_values(baggage, baggage);
}

std::string_view take(std::string_view& input, std::size_t bytes) {
  const std::string_view part = input.substr(0, bytes);
  input.remove_prefix(part.size());
  return part;
}

// As a reader has to see a value that was written: UTF-8, and not one that is too long.
std::string as_read(std::string_view value) {
  std::string out;
  if (value.size() <= limits::baggage_value_bytes) core::append_repaired(out, value);
  return out.size() <= limits::baggage_value_bytes ? out : std::string();
}

void write_any(std::string_view input) {
  const auto trace_id = core::TraceId::from_bytes(take(input, 16));
  const auto span_id = core::SpanId::from_bytes(take(input, 8));
  if (trace_id && span_id && !trace_id->is_zero() && !span_id->is_zero()) {
    const std::uint8_t flags = take_byte(input) & sdk::TraceParent::known_flags;
    write_parent({.trace_id = *trace_id, .span_id = *span_id, .flags = flags});
  }
  sdk::Baggage baggage;
  baggage.session_id = take(input, std::size_t{take_byte(input)} * 2);
  baggage.project = take(input, take_byte(input));
  baggage.datapoint_id = input;
  const std::string session = as_read(baggage.session_id), project = as_read(baggage.project),
                    datapoint = as_read(baggage.datapoint_id);
  sdk::Baggage read;
  read.session_id = session;
  read.project = project;
  read.datapoint_id = datapoint;
  write_values(baggage, read);
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view input = fuzz::text_of(data, size);
  switch (fuzz::take_byte(input) % 4) {
    case 0:
      fuzz::read_parent(input);
      break;
    case 1:
      fuzz::read_state(input);
      break;
    case 2:
      fuzz::read_baggage(input);
      break;
    default:
      fuzz::write_any(input);
  }
  return 0;
}

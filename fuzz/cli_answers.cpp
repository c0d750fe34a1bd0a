// Any bytes as a server's answer to the command line. What is printed is UTF-8 and holds nothing
// that a terminal would obey, besides line ends and, with colours, the colours of our own.
//
// The first byte chooses how it is shown.

#include <array>
#include <string>

#include "cli/answers.h"
#include "cli/safe_text.h"
#include "cli/trace_list_view.h"
#include "cli/trace_view.h"
#include "core/utf8.h"
#include "require.h"

namespace honeyhive::fuzz {
namespace {

constexpr std::int64_t now = 1'795'176'000'000'000'000;

// The length of a colour that `text` starts with: ESC [ digits and semicolons m.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != text.npos && text[end] == 'm' ? end + 1 : 0;
}

// C1, bidirectional controls, line separators, the byte order mark, tags.
bool is_obeyed(std::string_view character) {
  constexpr std::array<std::string_view, 13> obeyed = {
      "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
      "\u2066", "\u2067", "\u2068", "\u2069", "\u2028", "\ufeff"};
  for (const std::string_view one : obeyed) {
    if (character == one) return true;
  }
  return (character.size() == 2 && character < "\u00a0") || character.starts_with("\xf3\xa0\x80") ||
         character.starts_with("\xf3\xa0\x81");
}

void require_harmless(std::string_view text, bool has_color) {
  require(core::is_utf8(text), "what is printed is UTF-8");
  while (!text.empty()) {
    if (const std::size_t length = has_color ? colour_length(text) : 0) {
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    require(byte == '\n' || (byte >= 0x20 && byte != 0x7f), "no control character is printed");
    const std::string_view character = text.substr(0, core::character_length(text));
    require(!is_obeyed(character), "nothing is printed that reorders or hides text");
    text.remove_prefix(character.size());
  }
}

void show(std::string_view json, std::uint8_t how) {
  const cli::Look look{.has_color = (how & 1) != 0,
                       .has_unicode = (how & 2) != 0,
                       .width = std::size_t{20} + (how >> 3) * 10u};
  const auto check = [&](std::string_view text) { require_harmless(text, look.has_color); };
  if (const auto tree = cli::read_tree(json)) {
    check(cli::render_tree(*tree, look, {.is_full = (how & 4) != 0, .now_ns = now}));
  } else {
    check(cli::safe(tree.error().message));
  }
  if (const auto page = cli::read_trace_page(json)) {
    check(cli::render_trace_list(page->rows, look, now));
    for (const std::string& row : page->json) require_harmless(row, false);
  }
  if (const auto span = cli::read_span(json)) check(cli::render_event_line(*span, look));
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view json = fuzz::text_of(data, size);
  const std::uint8_t how = fuzz::take_byte(json);
  fuzz::show(json, how);
  if (const auto text = cli::read_json(json); text && core::is_utf8(json)) {
    fuzz::require(core::is_utf8(*text), "JSON that is passed on stays UTF-8");
  }
  std::string safe = cli::safe(json);
  fuzz::require_harmless(safe, false);
  fuzz::require(cli::display_width(cli::cut_to_width(safe, 10)) <= 10, "a cut keeps its width");
  return 0;
}

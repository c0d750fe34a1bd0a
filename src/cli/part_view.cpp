#include "cli/part_view.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/figures.h"
#include "cli/safe_text.h"

namespace honeyhive::cli {
namespace {

using Section = TextPart::Section;

// What is shown of one text without --full.
constexpr std::size_t shown_characters = 480;
constexpr std::size_t shown_lines = 8;
constexpr std::size_t not_worth_a_cut = 60;  // characters
constexpr std::size_t narrowest_text = 20;

struct SectionStyle {
  std::string_view name;
  bool is_always_shown;
  Ink ink;
};

SectionStyle style_of(Section section) noexcept {
  switch (section) {
    case Section::input:
      return {"in", true, Ink::faint};
    case Section::output:
      return {"out", true, Ink::faint};
    case Section::error:
      return {"error", true, Ink::red};
    case Section::config:
      return {"config", false, Ink::faint};
    case Section::metadata:
      return {"meta", false, Ink::faint};
    case Section::metrics:
      return {"metrics", false, Ink::faint};
    case Section::feedback:
      return {"feedback", false, Ink::faint};
    case Section::user_properties:
      return {"user", false, Ink::faint};
    case Section::event:
      return {"event", false, Ink::faint};
    case Section::log:
      return {"log", true, Ink::faint};
    case Section::failed_log:
      return {"log", true, Ink::red};
  }
  return {"", false, Ink::plain};
}

// The head of `text` that is shown without --full; all of it if little would be cut.
std::string_view shown_head(std::string_view text) {
  std::size_t end = text.size();
  std::size_t line_end = 0;
  for (std::size_t line = 0; line < shown_lines && line_end != text.npos; ++line) {
    line_end = text.find('\n', line == 0 ? 0 : line_end + 1);
  }
  if (line_end != text.npos) end = line_end;
  std::size_t characters = 0, at = 0;
  while (at < end && characters < shown_characters) {
    ++characters;
    do {
      ++at;
    } while (at < end && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
  }
  const std::string_view rest = text.substr(at);
  return rest.size() <= 4 * not_worth_a_cut && character_count(rest) <= not_worth_a_cut
             ? text
             : text.substr(0, at);
}

class PartPrinter {
 public:
  PartPrinter(std::string& out, const Look& look, const PartViewOptions& options)
      : out_(out), look_(look), options_(options), name_width_(options.is_full ? 9 : 6) {
    const std::size_t before = options.margin_width + name_width_;
    text_width_ = std::max(look.width > before ? look.width - before : 0, narrowest_text);
  }

  void print(const TextPart& part) {
    const SectionStyle style = style_of(part.section);
    const bool is_error = part.section == Section::error || part.section == Section::failed_log;
    const std::string_view head =
        options_.is_full ? std::string_view(part.text) : shown_head(part.text);
    const std::string label = part.label.empty() ? "" : safe(part.label) + ":";

    bool is_first_line = true;
    for (const std::string& safe_line : safe_lines(head)) {
      std::string line = safe_line;
      if (is_first_line && !label.empty()) line.insert(0, line.empty() ? label : label + " ");
      for (const std::string& row : wrapped(line, text_width_)) {
        begin_line(style);
        print_row(row, is_first_line ? label : std::string_view(), is_error);
        is_first_line = false;
      }
    }
    if (head.size() < part.text.size()) print_rest(style, part.text.substr(head.size()));
  }

 private:
  // The section's name, on its first line only.
  void begin_line(const SectionStyle& style) {
    out_ += options_.margin;
    const std::string_view name = style.name == last_name_ ? std::string_view() : style.name;
    last_name_ = style.name;
    paint(out_, look_, style.ink, name);
    pad(out_, name_width_ - name.size());
  }

  void print_row(std::string_view row, std::string_view label, bool is_error) {
    if (!label.empty() && row.starts_with(label)) {
      paint(out_, look_, is_error ? Ink::red : Ink::strong, label);
      row.remove_prefix(label.size());
    }
    paint(out_, look_, is_error ? Ink::red : Ink::plain, row);
    while (out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
  }

  void print_rest(const SectionStyle& style, std::string_view rest) {
    begin_line(style);
    paint(out_, look_, Ink::faint,
          (look_.has_unicode ? "… " : "... ") + grouped(character_count(rest)) +
              " more characters, --full shows all");
    out_ += '\n';
  }

  std::string& out_;
  const Look& look_;
  const PartViewOptions& options_;
  std::size_t name_width_;
  std::size_t text_width_ = 0;
  std::string_view last_name_;
};

}  // namespace

void append_parts(std::string& out, const std::vector<TextPart>& parts, const Look& look,
                  const PartViewOptions& options) {
  PartPrinter printer(out, look, options);
  for (const TextPart& part : parts) {
    if (options.is_full || style_of(part.section).is_always_shown) printer.print(part);
  }
}

}  // namespace honeyhive::cli

#include "documents.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace demo {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

// Markup that means nothing in a sentence.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "**") {
      ++i;
    } else if (text[i] == ']' && text.substr(i + 1).starts_with('(')) {
      i = std::min(text.find(')', i), text.size());  // the address of a link
    } else if (text[i] != '[') {
      out += text[i];
    }
  }
  return out;
}

// "| a | b |" as "a: b"; nothing for the line below the head of a table.
std::string text_of_row(std::string_view row) {
  if (row.find_first_not_of("|-: ") == row.npos) return {};
  std::string out;
  while (!row.empty()) {
    const auto end = row.find('|');
    const std::string_view cell = trimmed(row.substr(0, end));
    if (!cell.empty()) out += (out.empty() ? "" : ": ") + std::string(cell);
    row.remove_prefix(end == row.npos ? row.size() : end + 1);
  }
  return out;
}

// The length of "- " or "12. " at the beginning of a list's item; 0 if it is none.
std::size_t list_mark_length(std::string_view line) {
  if (line.starts_with("- ") || line.starts_with("* ")) return 2;
  const auto digits = line.find_first_not_of("0123456789");
  const bool is_mark = digits != line.npos && digits > 0 && line.substr(digits).starts_with(". ");
  return is_mark ? digits + 2 : 0;
}

// What a line of code declares, as far as it names it.
std::string_view declaration(std::string_view line) {
  return trimmed(line.substr(0, line.find_first_of("({=;")));
}

// Collects lines until a paragraph ends.
class Collector {
 public:
  explicit Collector(std::string_view file) : file_(file) {}

  void add(std::string_view line) {
    if (!text_.empty()) text_ += ' ';
    text_ += line;
  }
  void end(std::string_view heading) {
    if (!text_.empty()) paragraphs_.push_back({file_, std::string(heading), plain(text_)});
    text_.clear();
  }
  std::vector<Paragraph> take() { return std::move(paragraphs_); }

 private:
  std::string file_;
  std::string text_;
  std::vector<Paragraph> paragraphs_;
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::string_view extension) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string source_of(const Paragraph& paragraph) {
  if (paragraph.heading.empty()) return paragraph.file;
  return paragraph.file + ", \"" + paragraph.heading + "\"";
}

std::vector<Paragraph> paragraphs_of_markdown(std::string_view file, std::string_view text) {
  Collector collector(file);
  std::string heading;
  bool is_code = false;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    if (line.starts_with("```")) {
      collector.end(heading);
      is_code = !is_code;
    } else if (is_code) {
      continue;  // code answers no question in a sentence
    } else if (line.starts_with('#')) {
      collector.end(heading);
      heading = plain(trimmed(line.substr(line.find_first_not_of('#'))));
    } else if (line.starts_with('|')) {
      collector.end(heading);
      collector.add(text_of_row(line));
      collector.end(heading);
    } else if (line.empty() || line.starts_with("<!--")) {
      collector.end(heading);
    } else {
      const std::size_t mark = list_mark_length(line);
      if (mark > 0) collector.end(heading);
      collector.add(line.substr(mark));
    }
  }
  collector.end(heading);
  return collector.take();
}

std::vector<Paragraph> paragraphs_of_header(std::string_view file, std::string_view text) {
  Collector collector(file);
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    const std::string_view comment = trimmed(line.substr(std::min<std::size_t>(line.size(), 2)));
    if (line.starts_with("//") && !comment.empty()) {
      collector.add(comment);
    } else if (line.starts_with("//")) {
      collector.end("");
    } else {
      collector.end(declaration(line));
    }
  }
  return collector.take();
}

std::vector<Paragraph> read_documents(const std::filesystem::path& root) {
  std::vector<Paragraph> all;
  const auto add = [&](const std::filesystem::path& file, auto&& cut) {
    const std::string name = file.lexically_relative(root).generic_string();
    for (Paragraph& paragraph : cut(name, content_of(file))) all.push_back(std::move(paragraph));
  };
  add(root / "README.md", paragraphs_of_markdown);
  for (const auto& file : files_in(root / "docs", ".md")) add(file, paragraphs_of_markdown);
  for (const auto& file : files_in(root / "include" / "honeyhive", ".h")) {
    add(file, paragraphs_of_header);
  }
  return all;
}

}  // namespace demo

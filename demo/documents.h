#pragma once

// The documents that questions are asked about: Markdown files and the comments of public headers,
// cut into paragraphs.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

struct Paragraph {
  std::string file;     // below the root
  std::string heading;  // of its section; of a header, the line that the comment is about
  std::string text;     // on one line
};

// "docs/decisions.md, \"The ground\"".
std::string source_of(const Paragraph& paragraph);

// README.md, docs/*.md and include/honeyhive/*.h below `root`, in the order of their names.
std::vector<Paragraph> read_documents(const std::filesystem::path& root);

std::vector<Paragraph> paragraphs_of_markdown(std::string_view file, std::string_view text);
std::vector<Paragraph> paragraphs_of_header(std::string_view file, std::string_view text);

}  // namespace demo

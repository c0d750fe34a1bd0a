#pragma once

// Finds the paragraphs that fit a question, by the words they share with it.
//
// Source: BM25 with the usual constants (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework", 2009).

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "documents.h"

namespace demo {

struct Match {
  const Paragraph* paragraph = nullptr;
  double score = 0;
};

// The words of a text that carry meaning: lower case, without endings, without "the" and "how".
std::vector<std::string> words_of(std::string_view text);

class Index {
 public:
  explicit Index(std::vector<Paragraph> paragraphs);

  // The best `count` paragraphs, best first; fewer if fewer share a word with the question.
  std::vector<Match> search(std::string_view question, std::size_t count) const;

  // How much a word tells: the rarer it is in the documents, the more. 0 for unknown words.
  double weight(const std::string& word) const;

  std::size_t size() const noexcept { return paragraphs_.size(); }

 private:
  struct Entry {
    std::unordered_map<std::string, int> counts;
    double length = 0;
  };
  std::vector<Paragraph> paragraphs_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, int> paragraphs_with_;  // word -> in how many
  double average_length_ = 0;
};

}  // namespace demo

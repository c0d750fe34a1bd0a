#include "retrieval.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace demo {
namespace {

const std::set<std::string, std::less<>>& words_without_meaning() {
  static const std::set<std::string, std::less<>> words = {
      "a",    "an",   "and",  "any",  "are",  "as",    "at",   "be",    "by",    "can",
      "do",   "does", "for",  "from", "get",  "has",   "have", "how",   "i",     "if",
      "in",   "is",   "it",   "its",  "me",   "my",    "no",   "not",   "of",    "on",
      "one",  "or",   "our",  "s",    "so",   "that",  "the",  "their", "then",  "there",
      "they", "this", "to",   "was",  "we",   "what",  "when", "where", "which", "who",
      "why",  "will", "with", "you",  "your", "happen"};
  return words;
}

// "traces", "traced", "tracing" -> "trac": enough to meet each other.
std::string without_ending(std::string word) {
  for (const std::string_view ending : {"ing", "ed", "es", "s", "e"}) {
    if (word.size() >= ending.size() + 3 && word.ends_with(ending)) {
      word.resize(word.size() - ending.size());
      break;
    }
  }
  return word;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    std::string stem = without_ending(std::exchange(word, {}));
    if (!words_without_meaning().contains(stem)) words.push_back(std::move(stem));
  };
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

Index::Index(std::vector<Paragraph> paragraphs) : paragraphs_(std::move(paragraphs)) {
  for (const Paragraph& paragraph : paragraphs_) {
    Entry& entry = entries_.emplace_back();
    for (std::string& word : words_of(paragraph.heading + " " + paragraph.text)) {
      ++entry.counts[std::move(word)];
      entry.length += 1;
    }
    for (const auto& [word, count] : entry.counts) ++paragraphs_with_[word];
    average_length_ += entry.length;
  }
  average_length_ /= std::max<double>(static_cast<double>(entries_.size()), 1);
}

double Index::weight(const std::string& word) const {
  const auto found = paragraphs_with_.find(word);
  if (found == paragraphs_with_.end()) return 0;
  const auto all = static_cast<double>(entries_.size());
  return std::log(1 + (all - found->second + 0.5) / (found->second + 0.5));
}

std::vector<Match> Index::search(std::string_view question, std::size_t count) const {
  constexpr double saturation = 1.2, length_share = 0.75;
  constexpr double shortest = 12;  // words: one shared with a mere title says little
  const std::vector<std::string> asked = words_of(question);
  std::vector<Match> matches;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const double length =
        1 - length_share + length_share * std::max(entry.length, shortest) / average_length_;
    double score = 0;
    for (const std::string& word : asked) {
      const auto found = entry.counts.find(word);
      if (found == entry.counts.end()) continue;
      const double times = found->second;
      score += weight(word) * times * (saturation + 1) / (times + saturation * length);
    }
    if (score > 0) matches.push_back({&paragraphs_[i], score});
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& left, const Match& right) { return left.score > right.score; });
  if (matches.size() > count) matches.resize(count);
  return matches;
}

}  // namespace demo

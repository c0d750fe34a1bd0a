#include <algorithm>
#include <cctype>
#include <set>

#include "answerer.h"

namespace demo {
namespace {

constexpr std::size_t quoted_sentences = 2;
constexpr std::size_t longest_sentence_words = 60;

struct Sentence {
  std::string text;
  const Paragraph* paragraph;
  double score;
};

// A sentence ends at ". ", "! " or "? " before a capital letter, or at the end.
std::vector<std::string> sentences_of(std::string_view text) {
  std::vector<std::string> sentences;
  std::size_t start = 0;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const bool is_stop = text[i] == '.' || text[i] == '!' || text[i] == '?';
    const auto next = static_cast<unsigned char>(text[i + 2]);
    if (!is_stop || text[i + 1] != ' ' || !(std::isupper(next) || next == '`')) continue;
    sentences.emplace_back(text.substr(start, i + 1 - start));
    start = i + 2;
  }
  if (start < text.size()) sentences.emplace_back(text.substr(start));
  return sentences;
}

class ExtractiveAnswerer final : public Answerer {
 public:
  explicit ExtractiveAnswerer(const Index& index) : index_(index) {}

  std::string model() const override { return "extractive (local, no LLM)"; }
  std::string provider() const override { return "this program"; }

  std::vector<Message> prompt(std::string_view question, const std::vector<Match>&) const override {
    return {{"user", std::string(question)}};
  }

  Answer answer(std::string_view question, const std::vector<Match>& found,
                const std::vector<Message>&) override {
    const std::vector<Sentence> best = best_sentences(question, found);
    Answer answer;
    answer.finish_reason = best.empty() ? "nothing found" : "quoted";
    if (best.empty()) answer.text = "The documents share no word with this question.";
    for (const Sentence& sentence : best) {
      if (!answer.text.empty()) answer.text += '\n';
      answer.text += sentence.text + " [" + source_of(*sentence.paragraph) + "]";
    }
    return answer;
  }

 private:
  std::vector<Sentence> best_sentences(std::string_view question,
                                       const std::vector<Match>& found) const {
    const std::vector<std::string> asked = words_of(question);
    std::vector<Sentence> sentences;
    for (const Match& match : found) {
      for (std::string& text : sentences_of(match.paragraph->text)) {
        const std::vector<std::string> words = words_of(text);
        const std::set<std::string> set(words.begin(), words.end());
        double score = 0;
        for (const std::string& word : std::set<std::string>(asked.begin(), asked.end())) {
          if (set.contains(word)) score += index_.weight(word);
        }
        if (score == 0 || words.size() > longest_sentence_words) continue;
        // The paragraph speaks too: a good sentence stands among others on the subject.
        sentences.push_back({std::move(text), match.paragraph, score + match.score / 2});
      }
    }
    std::stable_sort(sentences.begin(), sentences.end(),
                     [](const auto& left, const auto& right) { return left.score > right.score; });
    // A second one only if it is nearly as good.
    std::size_t count = std::min(sentences.size(), quoted_sentences);
    while (count > 1 && sentences[count - 1].score < sentences[0].score * 0.75) --count;
    sentences.resize(count);
    return sentences;
  }

  const Index& index_;
};

}  // namespace

std::unique_ptr<Answerer> make_extractive_answerer(const Index& index) {
  return std::make_unique<ExtractiveAnswerer>(index);
}

}  // namespace demo

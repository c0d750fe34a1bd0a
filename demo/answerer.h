#pragma once

// The answering step: from a question and the paragraphs found for it to an answer.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "honeyhive/value.h"
#include "retrieval.h"

namespace demo {

struct Message {
  std::string role;
  std::string content;
};
HH_FIELDS(Message, role, content)

struct Answer {
  std::string text;
  std::optional<std::int64_t> prompt_tokens;  // only what a model has counted
  std::optional<std::int64_t> completion_tokens;
  std::string finish_reason;
};

class Answerer {
 public:
  virtual ~Answerer() = default;

  virtual std::string model() const = 0;     // as it is recorded
  virtual std::string provider() const = 0;  // where it runs

  // What the answer is made from, as chat messages.
  virtual std::vector<Message> prompt(std::string_view question,
                                      const std::vector<Match>& found) const = 0;

  // Throws std::runtime_error with what went wrong.
  virtual Answer answer(std::string_view question, const std::vector<Match>& found,
                        const std::vector<Message>& prompt) = 0;
};

// Quotes the sentences that share most with the question, and says where they stand. No model.
std::unique_ptr<Answerer> make_extractive_answerer(const Index& index);

// An OpenAI-compatible endpoint: OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL. Null if the first
// is not set.
std::unique_ptr<Answerer> make_chat_answerer();

}  // namespace demo

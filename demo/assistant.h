#pragma once

// The traced program: answers a question in two steps, each a span below one span per question.
//
//   chain  answer_question
//   |- tool   retrieve   the paragraphs that fit
//   `- model  answer     a model's answer, or quotations

#include <memory>
#include <string>

#include "answerer.h"
#include "honeyhive/honeyhive.h"
#include "retrieval.h"

namespace demo {

struct Reply {
  std::string answer;  // empty if there is none
  std::string error;   // why
  std::string trace_id;
};

class Assistant {
 public:
  Assistant(honeyhive::HoneyHiveTracer tracer, const Index& index,
            std::unique_ptr<Answerer> answerer);

  Reply ask(const std::string& question);

  const Answerer& answerer() const noexcept { return *answerer_; }

 private:
  std::vector<Match> retrieve(const std::string& question);
  std::string answer(const std::string& question, const std::vector<Match>& found);

  honeyhive::HoneyHiveTracer tracer_;
  const Index& index_;
  std::unique_ptr<Answerer> answerer_;
};

}  // namespace demo

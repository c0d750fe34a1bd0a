#include "assistant.h"

#include <cmath>
#include <exception>
#include <utility>
#include <vector>

using honeyhive::EventType;
using honeyhive::HoneyHiveTracer;
using honeyhive::Span;
using honeyhive::StatusCode;

namespace demo {
namespace {

constexpr std::size_t paragraphs_per_question = 4;

// What the span of a retrieval keeps of each paragraph.
struct Chunk {
  std::string file;
  std::string heading;
  double score;
  std::string text;
};
HH_FIELDS(Chunk, file, heading, score, text)

std::vector<Chunk> chunks_of(const std::vector<Match>& found) {
  std::vector<Chunk> chunks;
  chunks.reserve(found.size());
  for (const Match& match : found) {
    chunks.push_back(
        {match.paragraph->file, match.paragraph->heading, match.score, match.paragraph->text});
  }
  return chunks;
}

}  // namespace

Assistant::Assistant(HoneyHiveTracer tracer, const Index& index, std::unique_ptr<Answerer> answerer)
    : tracer_(std::move(tracer)), index_(index), answerer_(std::move(answerer)) {}

Reply Assistant::ask(const std::string& question) {
  Reply reply;
  try {
    tracer_.trace("answer_question", {.event_type = EventType::chain}, [&](Span& span) {
      reply.trace_id = span.context().trace_id;
      span.enrich({.inputs = {{"question", question}}});
      reply.answer = answer(question, retrieve(question));
      span.enrich({.outputs = {{"answer", reply.answer}}});
      span.set_status(StatusCode::ok);
    });
  } catch (const std::exception& error) {  // is on the spans already
    reply.error = error.what();
  }
  return reply;
}

std::vector<Match> Assistant::retrieve(const std::string& question) {
  auto span = tracer_.trace("retrieve", {.event_type = EventType::tool});
  span.enrich({.inputs = {{"query", question}},
               .config = {{"method", "BM25"}, {"top_k", paragraphs_per_question}}});
  std::vector<Match> found = index_.search(question, paragraphs_per_question);
  span.enrich(
      {.metrics = {{"paragraphs_searched", index_.size()}, {"paragraphs_found", found.size()}},
       .outputs = {{"paragraphs", chunks_of(found)}}});
  span.set_status(StatusCode::ok);
  return found;
}

std::string Assistant::answer(const std::string& question, const std::vector<Match>& found) {
  return tracer_.trace("answer", {.event_type = EventType::model}, [&](Span& span) {
    const std::vector<Message> prompt = answerer_->prompt(question, found);
    span.enrich({.inputs = {{"chat_history", prompt}},
                 .config = {{"model", answerer_->model()}, {"provider", answerer_->provider()}}});
    const Answer answer = answerer_->answer(question, found, prompt);
    span.enrich({.outputs = {{"role", "assistant"}, {"content", answer.text}}},
                {{"finish_reason", answer.finish_reason},
                 {"prompt_tokens", answer.prompt_tokens},
                 {"completion_tokens", answer.completion_tokens}});
    span.set_status(StatusCode::ok);
    return answer.text;
  });
}

}  // namespace demo

// honeyhive_demo: an assistant that answers questions about this project's documents, traced.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assistant.h"
#include "documents.h"
#include "honeyhive/honeyhive.h"
#include "printable.h"

namespace demo {
namespace {

constexpr const char* usage =
    "usage: honeyhive_demo [--root DIR] [--ids FILE] [question ... | -]\n"
    "\n"
    "Answers questions about the documents below DIR (default: here) and traces how.\n"
    "Without questions it asks some of its own; `-` reads one per line from standard input.\n"
    "\n"
    "  --ids FILE   writes \"trace ID\" per question and \"session ID\", one per line\n"
    "\n"
    "  HH_API_URL        where the spans go; default http://127.0.0.1:4318\n"
    "  OPENAI_BASE_URL   an OpenAI-compatible endpoint to answer (OPENAI_API_KEY, OPENAI_MODEL);\n"
    "                    without it the program quotes the sentences that fit best\n"
    "\n"
    "Exit codes: 0 all spans were delivered (a question without an answer is shown, and is in its\n"
    "trace), 1 they were not, 2 wrong use.\n";

const std::vector<std::string> own_questions = {
    "What is lost when my program crashes?",
    "Does delivery happen exactly once?",
    "What happens to spans when the server is unreachable?",
    "How long does the end of a span wait when the buffer is full?",
};

struct Options {
  std::string root = ".";
  std::string ids_file;
  std::vector<std::string> questions;
};

// Nothing if the command line makes no sense.
std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--root" || argument == "--ids") {
      if (++i == count) return std::nullopt;
      (argument == "--root" ? options.root : options.ids_file) = arguments[i];
    } else if (argument == "-") {
      for (std::string line; std::getline(std::cin, line);) {
        if (!line.empty()) options.questions.push_back(line);
      }
    } else if (argument.starts_with('-')) {
      return std::nullopt;
    } else {
      options.questions.emplace_back(argument);
    }
  }
  if (options.questions.empty()) options.questions = own_questions;
  return options;
}

// Below `label`, indented, broken between words.
void print_wrapped(std::string_view label, const std::string& text) {
  constexpr std::size_t width = 88;
  std::printf("%.*s", static_cast<int>(label.size()), label.data());
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const bool breaks = column > 0 && column + 1 + (end - at) > width;
    if (column > 0) std::printf("%s", breaks ? "\n   " : " ");
    std::printf("%.*s", static_cast<int>(end - at), text.data() + at);
    column = (breaks ? 0 : column) + (end - at) + 1;
    if (end < text.size() && text[end] == '\n') {
      std::printf("\n   ");
      column = 0;
    }
    at = end + 1;
  }
  std::printf("\n");
}

void print_reply(const std::string& question, const Reply& reply) {
  print_wrapped("Q  ", printable(question));
  print_wrapped("A  ", printable(reply.error.empty() ? reply.answer : "none: " + reply.error));
  std::printf("   trace %s\n\n", reply.trace_id.c_str());
}

bool write_ids(const std::string& file, const std::vector<Reply>& replies,
               const std::string& session_id) {
  std::ofstream out(file);
  for (const Reply& reply : replies) out << "trace " << reply.trace_id << "\n";
  out << "session " << session_id << "\n";
  return out.flush().good();
}

// Whether every span has reached the server, and says so.
bool report_delivery(const honeyhive::HoneyHiveTracer& tracer) {
  const bool is_flushed = tracer.flush(std::chrono::seconds(10));
  const honeyhive::TracerStats stats = tracer.stats();
  std::printf("spans: %llu ended, %llu acknowledged by the server, %llu dropped\nsession %s\n",
              static_cast<unsigned long long>(stats.spans_ended),
              static_cast<unsigned long long>(stats.spans_sent),
              static_cast<unsigned long long>(stats.dropped()), tracer.session_id().c_str());
  if (is_flushed && stats.dropped() == 0) return true;
  std::fprintf(stderr, "honeyhive_demo: not all spans were delivered%s%s\n",
               stats.last_error.empty() ? "" : ": ", stats.last_error.c_str());
  return false;
}

int run(const Options& options) {
  const Index index(read_documents(options.root));
  if (index.size() == 0) {
    std::fprintf(stderr,
                 "honeyhive_demo: no documents below %s; name the project's folder with "
                 "--root\n",
                 options.root.c_str());
    return 2;
  }
  honeyhive::TracerConfig config;
  config.project = "demo";
  config.session_name = "documentation assistant";
  config.source = "demo";
  if (std::getenv("HH_API_URL") == nullptr) config.server_url = "http://127.0.0.1:4318";
  const auto tracer = honeyhive::HoneyHiveTracer::init(config);

  auto answerer = make_chat_answerer();
  if (answerer == nullptr) answerer = make_extractive_answerer(index);
  Assistant assistant(tracer, index, std::move(answerer));
  std::printf("Asking %s about %zu paragraphs\n\n", assistant.answerer().model().c_str(),
              index.size());

  std::vector<Reply> replies;
  for (const std::string& question : options.questions) {
    replies.push_back(assistant.ask(question));
    print_reply(question, replies.back());
  }
  const bool is_delivered = report_delivery(tracer);
  if (!options.ids_file.empty() && !write_ids(options.ids_file, replies, tracer.session_id())) {
    std::fprintf(stderr, "honeyhive_demo: %s cannot be written\n", options.ids_file.c_str());
    return 1;
  }
  return is_delivered ? 0 : 1;
}

}  // namespace
}  // namespace demo

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--help") {
    std::fputs(demo::usage, stdout);
    return 0;
  }
  const auto options = demo::parse(count, arguments);
  if (!options) {
    std::fputs(demo::usage, stderr);
    return 2;
  }
  try {
    return demo::run(*options);
  } catch (const honeyhive::ConfigError& error) {
    std::fprintf(stderr, "honeyhive_demo: %s\n", error.what());
    return 2;
  }
}

#include <curl/curl.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "answerer.h"

namespace demo {
namespace {

using Json = nlohmann::json;

constexpr long timeout_ms = 60'000;
constexpr std::size_t longest_answer = 4 << 20;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t collect(char* data, std::size_t size, std::size_t count, void* out) noexcept try {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + size * count > longest_answer) return 0;
  body.append(data, size * count);
  return size * count;
} catch (...) {
  return 0;
}

struct Handles {
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  void add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers, line.c_str());
    if (longer == nullptr) throw std::runtime_error("out of memory");
    headers = longer;
  }
};

// The body of a 200 answer; throws with what came instead.
std::string post(const std::string& url, const std::string& key, const std::string& body) {
  Handles handles;
  if (handles.easy == nullptr) throw std::runtime_error("libcurl cannot start");
  handles.add_header("Content-Type: application/json");
  if (!key.empty()) handles.add_header("Authorization: Bearer " + key);
  std::string answer;
  curl_easy_setopt(handles.easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handles.easy, CURLOPT_HTTPHEADER, handles.headers);
  curl_easy_setopt(handles.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handles.easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handles.easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(handles.easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handles.easy, CURLOPT_WRITEFUNCTION, &collect);
  curl_easy_setopt(handles.easy, CURLOPT_WRITEDATA, &answer);
  const CURLcode code = curl_easy_perform(handles.easy);
  if (code != CURLE_OK) throw std::runtime_error(url + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(handles.easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    throw std::runtime_error(url + ": HTTP " + std::to_string(status) + ": " +
                             answer.substr(0, 300));
  }
  return answer;
}

Answer read_answer(const std::string& body) try {
  const Json document = Json::parse(body);
  const Json& choice = document.at("choices").at(0);
  Answer answer;
  answer.text = choice.at("message").at("content").get<std::string>();
  if (choice.contains("finish_reason") && choice["finish_reason"].is_string()) {
    answer.finish_reason = choice["finish_reason"].get<std::string>();
  }
  const Json usage = document.value("usage", Json::object());
  const auto count = [&](const char* name) -> std::optional<std::int64_t> {
    if (!usage.is_object() || !usage.contains(name) || !usage[name].is_number()) return {};
    return usage[name].get<std::int64_t>();
  };
  answer.prompt_tokens = count("prompt_tokens");
  answer.completion_tokens = count("completion_tokens");
  return answer;
} catch (const Json::exception& exception) {
  throw std::runtime_error(std::string("the endpoint's answer is no chat completion: ") +
                           exception.what());
}

class ChatAnswerer final : public Answerer {
 public:
  ChatAnswerer(std::string base_url, std::string key, std::string model)
      : base_url_(std::move(base_url)), key_(std::move(key)), model_(std::move(model)) {
    while (base_url_.ends_with('/')) base_url_.pop_back();
  }

  std::string model() const override { return model_; }
  std::string provider() const override { return base_url_; }

  std::vector<Message> prompt(std::string_view question,
                              const std::vector<Match>& found) const override {
    std::string text(question);
    text += "\n\nParagraphs:";
    int number = 0;
    for (const Match& match : found) {
      text += "\n" + std::to_string(++number) + ". " + source_of(*match.paragraph) + ": " +
              match.paragraph->text;
    }
    return {{"system",
             "You answer questions about the project honeyhive-cpp in one to three sentences. Use "
             "only the paragraphs you are given and cite their files; if they do not answer the "
             "question, say so."},
            {"user", std::move(text)}};
  }

  Answer answer(std::string_view, const std::vector<Match>&,
                const std::vector<Message>& prompt) override {
    Json messages = Json::array();
    for (const Message& message : prompt) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
    const Json request = {{"model", model_}, {"messages", std::move(messages)}};
    return read_answer(post(base_url_ + "/chat/completions", key_,
                            request.dump(-1, ' ', false, Json::error_handler_t::replace)));
  }

 private:
  std::string base_url_;
  std::string key_;
  std::string model_;
};

}  // namespace

std::unique_ptr<Answerer> make_chat_answerer() {
  std::string base_url = variable("OPENAI_BASE_URL");
  if (base_url.empty()) return nullptr;
  std::string model = variable("OPENAI_MODEL");
  if (model.empty()) model = "gpt-4o-mini";
  return std::make_unique<ChatAnswerer>(std::move(base_url), variable("OPENAI_API_KEY"),
                                        std::move(model));
}

}  // namespace demo

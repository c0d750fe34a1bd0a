#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/answers.h"
#include "cli/commands.h"
#include "cli/event_stream.h"
#include "cli/print.h"
#include "cli/safe_text.h"
#include "cli/trace_list_view.h"
#include "core/time_text.h"

namespace honeyhive::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds first_pause{500}, longest_pause{15'000};
constexpr milliseconds longest_silence{45'000};  // the server's heart beats every 15 s

// Ctrl-C and its like, taken by a thread of their own: waking the client is nothing for a handler.
class StopSignal {
 public:
  explicit StopSignal(net::HttpClient& client) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    thread_ = std::thread([this, &client] {
      int signal = 0;
      sigwait(&signals_, &signal);
      is_raised_ = true;
      client.wake();
    });
  }
  ~StopSignal() {
    if (!is_raised_) pthread_kill(thread_.native_handle(), SIGHUP);  // ends its wait
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool is_raised() const noexcept { return is_raised_; }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<bool> is_raised_{false};
  std::thread thread_;
};

class Tail {
 public:
  Tail(const Connection& connection, const TailOptions& options, net::HttpClient& client)
      : connection_(connection),
        options_(options),
        look_(look_of_stdout(options.color)),
        client_(client),
        stream_([this](const StreamEvent& event) { show(event); }) {}

  int run(const StopSignal& stop);

 private:
  net::HttpRequest request();
  net::HttpAnswer listen(const StopSignal& stop);
  void pause(const StopSignal& stop, milliseconds length);
  void show(const StreamEvent& event);
  void show_gap(const std::string& data);

  const Connection& connection_;
  const TailOptions& options_;
  const Look look_;
  net::HttpClient& client_;
  EventStream stream_;
  Clock::time_point last_heard_;
  milliseconds pause_ = first_pause;
  bool was_connected_ = false;  // ever
  bool is_connected_ = false;
  bool is_output_gone_ = false;
};

net::HttpRequest Tail::request() {
  net::HttpRequest request =
      get_request(connection_, target("/api/v0/tail", {{"project", options_.project}}));
  request.timeout = milliseconds(0);
  request.headers.push_back("Accept: text/event-stream");
  if (!stream_.last_id().empty()) request.headers.push_back("Last-Event-ID: " + stream_.last_id());
  request.on_data = [this](std::string_view data) {
    last_heard_ = Clock::now();
    if (!is_connected_) {
      if (was_connected_) remark("connected again");
      is_connected_ = was_connected_ = true;
      pause_ = first_pause;
    }
    return stream_.feed(data) && !is_output_gone_;
  };
  return request;
}

// One connection, until it ends. Cancelled when the server is silent for too long, or by `stop`.
net::HttpAnswer Tail::listen(const StopSignal& stop) {
  stream_.restart();
  is_connected_ = false;
  last_heard_ = Clock::now();
  client_.start(0, request());
  std::vector<net::Completion> completions;
  while (completions.empty()) {
    const auto silence = Clock::now() - last_heard_;
    if (stop.is_raised() || silence > longest_silence) client_.cancel_all();
    const auto left = std::chrono::ceil<milliseconds>(longest_silence - silence);
    client_.run(std::max(left, milliseconds(1)), completions);
  }
  return std::move(completions.front().answer);
}

void Tail::pause(const StopSignal& stop, milliseconds length) {
  const auto end = Clock::now() + length;
  std::vector<net::Completion> none;
  for (auto now = Clock::now(); now < end && !stop.is_raised(); now = Clock::now()) {
    client_.run(std::chrono::ceil<milliseconds>(end - now), none);
  }
}

int Tail::run(const StopSignal& stop) {
  if (!options_.json) {
    remark("listening to " + connection_.url +
           (options_.project.empty() ? "" : ", project " + safe(options_.project)) +
           "; Ctrl-C ends");
  }
  for (;;) {
    const net::HttpAnswer answer = listen(stop);
    if (stop.is_raised()) return exit_done;
    if (is_output_gone_) return exit_failed;
    // A stream that ended in the usual way: the server was stopped, and may come back.
    const bool is_end_of_stream = answer.status / 100 == 2;
    was_connected_ = was_connected_ || is_end_of_stream;
    const bool can_help = answer.status == 0 || answer.status == 429 || answer.status >= 500;
    const core::Error error = explain(connection_, answer);
    if (!is_end_of_stream && (!can_help || !was_connected_)) return complain(error);
    const auto asked = std::min<milliseconds>(answer.retry_after.value_or(std::chrono::seconds(0)),
                                              std::chrono::minutes(1));
    const milliseconds length = std::max(pause_, asked);
    if (is_connected_ || length == first_pause) {
      remark("the connection ended; trying again");
    } else {
      remark("no connection yet; next try in " +
             core::duration_text(std::chrono::nanoseconds(length).count()));
    }
    pause(stop, length);
    pause_ = std::min(pause_ * 2, longest_pause);
    if (stop.is_raised()) return exit_done;
  }
}

void Tail::show_gap(const std::string& data) {
  remark(
      "events were missed: they came faster than this terminal took them, or while there was no "
      "connection" +
      (data.empty() ? "" : " (" + safe(data) + ")"));
}

void Tail::show(const StreamEvent& event) {
  if (event.type == "gap") return show_gap(event.data);
  if (event.type != "span" && event.type != "session" && event.type != "update") return;
  std::string text;
  if (options_.json) {
    const auto json = read_json(event.data);
    if (!json) return remark(json.error().message);
    text = *json + "\n";
  } else {
    auto span = read_span(event.data);
    if (!span) return remark(span.error().message);
    if (event.type != "span") span->type = event.type;
    text = render_event_line(*span, look_);
  }
  if (!print(text)) is_output_gone_ = true;
}

}  // namespace

int run_tail(const TailOptions& options) {
  const auto connection = find_server(options.server, environment_variable);
  if (!connection) return complain(connection.error());
  const auto client = net::make_http_client();
  if (client == nullptr) {
    return complain({core::Error::Code::internal, "libcurl cannot start"});
  }
  const StopSignal stop(*client);
  return Tail(*connection, options, *client).run(stop);
}

}  // namespace honeyhive::cli

#pragma once

// A real HTTP/1.1 server on 127.0.0.1 whose answers a test writes, well-behaved or not.
//
// One thread per connection; the script is called on them, so it is thread-safe or touches only
// what the test reads after the end. Every whole request is recorded. The destructor ends
// everything, also what waits for a latch. It knows Content-Length and chunked bodies, no TLS.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace honeyhive::fakes {

// Closed until a test opens it.
class Latch {
 public:
  void open();
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

struct ReceivedRequest {
  int connection = 0;  // 1, 2, ... in the order of acceptance
  int number = 0;      // 1, 2, ... over all connections
  std::string method;
  std::string target;                                        // path and query, as sent
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // without chunking

  // The first one of that name; "" if there is none.
  std::string header(std::string_view lower_case_name) const;
};

struct Reply {
  int status = 200;
  std::vector<std::string> headers = {};  // "Name: value"; Content-Length is added
  std::string body = {};
  std::optional<std::string> raw = {};      // these bytes, instead of all that
  bool is_silent = false;                   // no answer at all
  bool hangs_up = false;                    // closes the connection afterwards, unannounced
  std::shared_ptr<Latch> released_by = {};  // answered once this is open

  static Reply bytes(std::string text);  // as they are; the connection stays open
  static Reply never();                  // silence on an open connection
  static Reply hang_up();                // closes the connection without an answer
  static Reply held(std::shared_ptr<Latch> latch, int status = 200);
};

class LoopbackServer {
 public:
  using Script = std::function<Reply(const ReceivedRequest&)>;

  LoopbackServer();  // answers 200 with an empty body
  explicit LoopbackServer(Script script);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const noexcept;
  std::string url(std::string_view path = {}) const;  // "http://127.0.0.1:<port><path>"

  void set_script(Script script);  // for requests that have not been answered yet

  // Answers when the headers are there, without waiting for the body, and takes no more requests on
  // that connection: what a server does that refuses by length. Such requests are not recorded.
  void refuse_early(Reply reply);

  std::vector<ReceivedRequest> requests() const;
  int connections() const;            // accepted so far
  int most_requests_at_once() const;  // received and not answered

  // False if there were fewer requests after `patience`.
  bool wait_for_requests(int count,
                         std::chrono::milliseconds patience = std::chrono::seconds(20)) const;

  // Closes all connections, as a server does that restarts; new ones are accepted.
  void drop_connections();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace honeyhive::fakes

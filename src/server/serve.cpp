#include "server/serve.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "cli/environment.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/result.h"
#include "core/shell_word.h"
#include "server/http/exchange.h"
#include "server/http/listener.h"
#include "server/http/pages.h"
#include "server/http/read_pool.h"
#include "server/http/sse.h"
#include "server/http/token.h"
#include "server/ingest/routes.h"
#include "server/query/routes.h"
#include "server/query/tail.h"
#include "server/store/embedded_store.h"

namespace honeyhive::server {
namespace {

constexpr const char* version = HONEYHIVE_VERSION;

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// The signals that end the server: until they are held the process, at once. Held before threads
// start, which inherit that, and then waited for: no code runs in a handler.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    end_at_once();
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a full disk, not the end
  }

  void hold() const { pthread_sigmask(SIG_BLOCK, &set_, nullptr); }

  // Afterwards the next one ends the process at once.
  void wait() const {
    int received = 0;
    while (sigwait(&set_, &received) != 0) {
    }
    end_at_once();
  }

 private:
  void end_at_once() const {
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

  sigset_t set_{};
};

// Takes all descriptors that the system allows. How many connections leave enough for files.
std::size_t most_connections() {
  constexpr rlim_t for_files = 256;
  constexpr rlim_t at_least = 16;
  constexpr rlim_t wanted = core::limits::connections;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  return std::clamp(limit.rlim_cur, for_files + at_least, for_files + wanted) - for_files;
}

void add_store_numbers(MetricsText& text, const StoreStats& stats) {
  text.counter("honeyhive_spans_stored_total", "Spans stored since the start.", stats.spans_stored);
  text.counter("honeyhive_spans_duplicate_total", "Spans that were stored already.",
               stats.spans_duplicate);
  text.counter("honeyhive_logs_stored_total", "Log records stored since the start.",
               stats.logs_stored);
  text.counter("honeyhive_commits_total", "Group commits, one fdatasync each.", stats.commits);
  text.counter("honeyhive_commit_errors_total", "Commits that the disk refused.",
               stats.commit_errors);
  text.counter("honeyhive_catalog_errors_total",
               "Commits on disk that the catalogue could not take until later.",
               stats.catalog_errors);
  text.counter("honeyhive_log_bytes_total", "Bytes written to the log.", stats.bytes_written);
  text.gauge("honeyhive_queue_bytes", "Bytes that wait for their commit, now.", stats.queued_bytes);
  text.gauge("honeyhive_replayed_records", "Records replayed from the log at the start.",
             stats.records_replayed);
  text.gauge("honeyhive_quarantined_bytes", "Bytes of the log found damaged at the start.",
             stats.bytes_quarantined);
}

void add_read_numbers(MetricsText& text, const ReadPool& reads) {
  const ReadPoolStats stats = reads.stats();
  text.gauge("honeyhive_reads_waiting", "Reads that wait for a thread, now.", stats.waiting);
  text.counter("honeyhive_reads_refused_total", "Reads refused because too many were waiting.",
               stats.refused);
}

// Members are in the order in which they start; they go in the reverse one.
class Server {
 public:
  static core::Result<std::unique_ptr<Server>> open(const ServeOptions& options,
                                                    const StopSignals& signals) {
    auto address = ListenAddress::parse(options.listen);
    if (!address) return address.error();
    std::string folder =
        options.data.empty() ? cli::default_data_folder(cli::environment_variable) : options.data;
    if (folder.empty()) {
      return core::Error{core::Error::Code::invalid_argument,
                         "HOME is not set: name a data folder with --data"};
    }
    if (auto ready = prepare_data_folder(folder); !ready) return ready.error();
    StoreOptions store_options;
    store_options.path = folder;
    store_options.on_recovered = [&signals] { signals.hold(); };  // a long replay may be given up
    auto store = open_store(std::move(store_options));
    if (!store) return store.error();
    auto token = load_or_make_token(folder);
    if (!token) return token.error();
    GuardOptions guard{address->host_text(), *std::move(token), options.no_auth};
    std::unique_ptr<Server> server(
        new Server(std::move(folder), *std::move(store), std::move(guard)));
    if (auto listening = server->listen(*std::move(address), options.threads); !listening) {
      return listening.error();
    }
    return server;
  }

  ~Server() { stop(); }

  // Whether everything has ended; else some reads go on, which change nothing. Idempotent.
  bool stop() {
    service_.is_closing = true;
    hub_.close();
    lookups_.refuse();  // first: what waits for them is answered while the listener still can
    reads_.refuse();
    if (listener_) listener_->stop();
    store_->close();
    file_.reset();
    return lookups_.is_idle() && reads_.is_idle();
  }

  const std::string& address() const { return address_; }
  const std::string& folder() const { return folder_; }

 private:
  Server(std::string folder, std::unique_ptr<Store> store, GuardOptions guard)
      : folder_(std::move(folder)), service_(std::move(guard)), store_(std::move(store)) {
    publish_stored(*store_, hub_);
    register_pages({service_, hub_, version, std::chrono::steady_clock::now()});
    IngestDeps ingest{*store_, now_ns};
    ingest.on_rejected = [this](std::uint64_t n) { service_.metrics.spans_rejected.fetch_add(n); };
    ingest.budget = &service_.budget;
    ingest.lookups = &lookups_;
    register_ingest(service_.router, ingest);
    register_query(service_.router, {*store_, hub_, reads_, now_ns});
    service_.metrics.set_routes(service_.router.routes());
    service_.metrics.add_source(
        [this](MetricsText& text) { add_store_numbers(text, store_->stats()); });
    service_.metrics.add_source([this](MetricsText& text) { add_read_numbers(text, reads_); });
  }

  core::Result<void> listen(ListenAddress address, unsigned threads) {
    ListenerOptions options;
    options.address = std::move(address);
    options.threads = threads;
    options.connections = most_connections();
    auto listener = Listener::bind(options, service_);
    if (!listener) {
      return core::Error{listener.error().code,
                         listener.error().message + "; --listen takes another address"};
    }
    listener_ = *std::move(listener);
    address_ = "http://" + options.address.host_text() + ":" + std::to_string(listener_->port());
    auto file = ServerFile::write(folder_, address_, version);
    if (!file) return file.error();
    file_.emplace(*std::move(file));
    listener_->start();
    return {};
  }

  std::string folder_;
  std::string address_;
  Service service_;
  EventHub hub_{{.epoch = static_cast<std::uint64_t>(now_ns())}};
  std::unique_ptr<Store> store_;
  ReadPool reads_;
  ReadPool lookups_{{.threads = 2, .waiting = 256}};  // of updates: no reader holds them up
  std::unique_ptr<Listener> listener_;
  std::optional<ServerFile> file_;
};

void greet(const Server& server, const ServeOptions& options) {
  const std::string data = options.data.empty() ? "" : " --data " + core::shell_word(options.data);
  const char* const url = server.address().c_str();
  std::printf(
      "honeyhive %s listens on %s\n"
      "  data   %s\n"
      "  send   OTEL_EXPORTER_OTLP_ENDPOINT=%s   any OpenTelemetry exporter, http/protobuf\n"
      "         HH_API_URL=%s   HoneyHive SDKs\n"
      "  look   honeyhive traces%s\n"
      "         honeyhive show <id>%s\n"
      "         honeyhive tail%s\n"
      "%sCtrl-C stops it.\n",
      version, url, server.folder().c_str(), url, url, data.c_str(), data.c_str(), data.c_str(),
      options.no_auth ? "Anybody on this machine can read all data (--no-auth).\n" : "");
  std::fflush(stdout);
}

}  // namespace

int run_serve(const ServeOptions& options) {
  ::umask(077);  // what the store writes is its user's alone
  const StopSignals signals;
  auto server = Server::open(options, signals);
  if (!server) {
    core::log_line(core::LogLevel::error, server.error().message);
    return 1;
  }
  if (!options.quiet) greet(**server, options);
  signals.wait();
  if (!options.quiet) {
    std::puts("stopping");
    std::fflush(stdout);
  }
  if (!(*server)->stop()) std::_Exit(0);  // nobody waits for a read that takes that long
  return 0;
}

}  // namespace honeyhive::server

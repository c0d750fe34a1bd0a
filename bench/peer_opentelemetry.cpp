// The same work with opentelemetry-cpp: OTLP over HTTP, batch processor. Compiled only where it is
// installed.

#include <opentelemetry/exporters/otlp/otlp_http_exporter.h>
#include <opentelemetry/exporters/otlp/otlp_http_exporter_options.h>
#include <opentelemetry/sdk/common/global_log_handler.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/samplers/always_off.h>
#include <opentelemetry/sdk/trace/samplers/always_on.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/trace/scope.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "cases.h"
#include "pipeline.h"
#include "process.h"
#include "text.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

namespace api = opentelemetry::trace;
namespace nostd = opentelemetry::nostd;
namespace otlp = opentelemetry::exporter::otlp;
namespace otel_sdk = opentelemetry::sdk::trace;
namespace log_of_sdk = opentelemetry::sdk::common::internal_log;

using Tracer = nostd::shared_ptr<api::Tracer>;

nostd::string_view view(std::string_view text) { return {text.data(), text.size()}; }

// The SDK logs each span it drops; here that is counted instead.
class DropCounter final : public log_of_sdk::LogHandler {
 public:
  void Handle(log_of_sdk::LogLevel, const char*, int, const char* message,
              const opentelemetry::sdk::common::AttributeMap&) noexcept override {
    if (message != nullptr && std::strstr(message, "queue is full") != nullptr) ++dropped;
  }
  std::atomic<std::uint64_t> dropped{0};
};

DropCounter& drop_counter() {
  static auto* const counter = [] {
    auto* const made = new DropCounter;  // the SDK's, once installed
    log_of_sdk::GlobalLogHandler::SetLogHandler(nostd::shared_ptr<log_of_sdk::LogHandler>(made));
    return made;
  }();
  return *counter;
}

// Counts what the exporter was given, so that a caller can wait for room.
class CountingExporter final : public otel_sdk::SpanExporter {
 public:
  CountingExporter(std::atomic<std::uint64_t>& exported, std::unique_ptr<otel_sdk::SpanExporter> to)
      : exported_(exported), to_(std::move(to)) {}

  std::unique_ptr<otel_sdk::Recordable> MakeRecordable() noexcept override {
    return to_->MakeRecordable();
  }
  opentelemetry::sdk::common::ExportResult Export(
      const nostd::span<std::unique_ptr<otel_sdk::Recordable>>& spans) noexcept override {
    const std::size_t count = spans.size();
    const auto result = to_->Export(spans);
    exported_ += count;
    return result;
  }
  bool ForceFlush(std::chrono::microseconds timeout) noexcept override {
    return to_->ForceFlush(timeout);
  }
  bool Shutdown(std::chrono::microseconds timeout) noexcept override {
    return to_->Shutdown(timeout);
  }

 private:
  std::atomic<std::uint64_t>& exported_;
  std::unique_ptr<otel_sdk::SpanExporter> to_;
};

struct Setup {
  std::string url;
  std::size_t queue = 2048;  // as the SDK's default
  bool is_sampled = true;
};

std::unique_ptr<otel_sdk::TracerProvider> make_provider(const Setup& setup,
                                                        std::atomic<std::uint64_t>& exported) {
  otlp::OtlpHttpExporterOptions to;
  to.url = setup.url + "/v1/traces";
  to.content_type = otlp::HttpRequestContentType::kBinary;
  otel_sdk::BatchSpanProcessorOptions options;
  options.max_queue_size = setup.queue;
  std::unique_ptr<otel_sdk::SpanExporter> http(new otlp::OtlpHttpExporter(to));
  std::unique_ptr<otel_sdk::SpanExporter> counting(new CountingExporter(exported, std::move(http)));
  std::unique_ptr<otel_sdk::SpanProcessor> processor(
      new otel_sdk::BatchSpanProcessor(std::move(counting), options));
  std::unique_ptr<otel_sdk::Sampler> sampler;
  if (setup.is_sampled) {
    sampler.reset(new otel_sdk::AlwaysOnSampler);
  } else {
    sampler.reset(new otel_sdk::AlwaysOffSampler);
  }
  const auto resource = opentelemetry::sdk::resource::Resource::Create({{"service.name", "bench"}});
  return std::make_unique<otel_sdk::TracerProvider>(std::move(processor), resource,
                                                    std::move(sampler));
}

void record_peer_call(api::Tracer& tracer, std::string_view prompt) {
  api::StartSpanOptions options;
  options.kind = api::SpanKind::kClient;
  const auto span = tracer.StartSpan(view(call_name), options);
  const api::Scope scope(span);
  for (const TextAttribute& attribute : call_attributes) {
    span->SetAttribute(view(attribute.key), view(attribute.value));
  }
  span->SetAttribute(view(prompt_key), view(prompt));
  span->SetStatus(api::StatusCode::kOk);
  span->End();
}

void empty_spans(const Tracer& tracer, std::int64_t count) {
  const auto parent = tracer->StartSpan("parent");
  const api::Scope scope(parent);
  for (std::int64_t i = 0; i < count; ++i) tracer->StartSpan("op")->End();
}

void full_spans(const Tracer& tracer, std::int64_t count) {
  const std::string_view prompt = text_window(1, prompt_bytes);
  for (std::int64_t i = 0; i < count; ++i) record_peer_call(*tracer, prompt);
}

void attributes(const Tracer& tracer, std::int64_t count) {
  const auto parent = tracer->StartSpan("parent");
  const api::Scope scope(parent);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto span = tracer->StartSpan("op");
    for (const std::string& key : short_keys) span->SetAttribute(view(key), view(short_value));
    span->End();
  }
}

class Peer final : public Subject {
 public:
  explicit Peer(const std::string& url)
      : provider_(make_provider({.url = url, .queue = 1 << 20}, exported_)),
        off_provider_(make_provider({.url = url, .is_sampled = false}, exported_)),
        tracer_(provider_->GetTracer("bench")),
        off_(off_provider_->GetTracer("bench")) {
    drop_counter();
    const auto with = [](const Tracer& tracer, auto loop) {
      return [&tracer, loop](std::int64_t count) { loop(tracer, count); };
    };
    const auto set = with(tracer_, attributes), without = with(tracer_, empty_spans);
    cases_ = {
        {.row = "span_empty", .loop = with(tracer_, empty_spans), .burst = 20'000},
        {.row = "span_10attr_2kb", .loop = with(tracer_, full_spans), .burst = 2'800},
        {.row = "span_unsampled", .loop = with(off_, empty_spans), .burst = 50'000},
        {.row = "span_unsampled_10attr", .loop = with(off_, full_spans), .burst = 20'000},
        {"set_attribute", set, without, short_attributes, 2'000},
        {"set_attribute_shared", set, without, short_attributes, 2'000},  // always takes a lock
    };
  }

  const std::vector<SpanCase>& cases() const override { return cases_; }
  void record(std::string_view prompt) override { record_peer_call(*tracer_, prompt); }
  bool settle() override { return provider_->ForceFlush(std::chrono::seconds(60)); }

 private:
  std::atomic<std::uint64_t> exported_{0};
  std::unique_ptr<otel_sdk::TracerProvider> provider_;
  std::unique_ptr<otel_sdk::TracerProvider> off_provider_;
  Tracer tracer_;
  Tracer off_;
  std::vector<SpanCase> cases_;
};

}  // namespace

std::string peer_name() { return "opentelemetry-cpp " HONEYHIVE_BENCH_PEER_VERSION; }

std::unique_ptr<Subject> open_peer(const std::string& url) { return std::make_unique<Peer>(url); }

bool run_peer_pipeline(const PipelineTask& task, PipelineResult& result) {
  std::atomic<std::uint64_t> exported{0};
  DropCounter& drops = drop_counter();
  const Setup setup{.url = task.url};
  const auto provider = make_provider(setup, exported);
  const Tracer tracer = provider->GetTracer("bench");

  const double cpu_before = own_cpu_seconds();
  const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
  record_paced(task, [&](std::uint64_t i) {
    // What "waits for room" means without such an option: half of the queue may be unsent.
    while (task.mode == 'a' && i - exported > setup.queue / 2) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    record_peer_call(*tracer, text_window(i, prompt_bytes));
  });
  provider->ForceFlush(std::chrono::seconds(60));
  result.wall_seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
  result.cpu_seconds = own_cpu_seconds() - cpu_before;
  result.peak_megabytes = own_peak_megabytes();
  result.started = result.ended = task.spans;
  result.sent = exported;
  result.dropped = drops.dropped;
  return true;
}

}  // namespace honeyhive::bench

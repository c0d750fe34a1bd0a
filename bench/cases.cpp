#include "cases.h"

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>

#include "honeyhive/context.h"
#include "sdk/record/span_state.h"
#include "sdk/record/span_writer.h"
#include "text.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

void empty_spans(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span parent = tracer.trace("parent");
  for (std::int64_t i = 0; i < count; ++i) {
    const Span span = tracer.trace("op");
  }
}

void full_spans(const HoneyHiveTracer& tracer, std::int64_t count) {
  const std::string_view prompt = text_window(1, prompt_bytes);
  for (std::int64_t i = 0; i < count; ++i) record_call(tracer, prompt);
}

void attributes(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span parent = tracer.trace("parent");
  for (std::int64_t i = 0; i < count; ++i) {
    Span span = tracer.trace("op");
    for (const std::string& key : short_keys) span.set_attribute(key, short_value);
  }
}

void shared_spans(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span parent = tracer.trace("parent");
  for (std::int64_t i = 0; i < count; ++i) {
    const Span span = tracer.trace("op");
    const auto reference = Context::current();
  }
}

void attributes_of_shared(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span parent = tracer.trace("parent");
  for (std::int64_t i = 0; i < count; ++i) {
    Span span = tracer.trace("op");
    const auto reference = Context::current();
    for (const std::string& key : short_keys) span.set_attribute(key, short_value);
  }
}

void spans_of_session(const HoneyHiveTracer& tracer, std::int64_t count) {
  const auto session = tracer.with_session("request");
  const Span parent = tracer.trace("parent");
  for (std::int64_t i = 0; i < count; ++i) const Span span = tracer.trace("op");
}

void attached_contexts(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span parent = tracer.trace("parent");
  const Context context = Context::current();
  for (std::int64_t i = 0; i < count; ++i) const auto scope = context.attach();
}

void injected_headers(const HoneyHiveTracer& tracer, std::int64_t count) {
  const Span span = tracer.trace("parent");
  std::size_t bytes = 0;
  const auto carrier = [&](std::string_view, std::string_view value) { bytes += value.size(); };
  for (std::int64_t i = 0; i < count; ++i) tracer.inject(carrier);
  if (bytes == 0) throw std::runtime_error("inject: nothing was written");
}

void extracted_headers(const HoneyHiveTracer& tracer, std::int64_t count) {
  const std::map<std::string, std::string> headers = {
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      {"baggage", "project=another,run_id=run-1"}};
  for (std::int64_t i = 0; i < count; ++i) const auto scope = tracer.linked(headers);
}

class Ours final : public Subject {
 public:
  explicit Ours(const std::string& url) : tracer_(open_tracer(url)), off_(open_tracer(url, 0)) {
    const auto on = [this](auto loop) {
      return [this, loop](std::int64_t count) { loop(tracer_, count); };
    };
    const auto off = [this](auto loop) {
      return [this, loop](std::int64_t count) { loop(off_, count); };
    };
    // A burst takes at most 8 MB of the buffer.
    cases_ = {
        {.row = "span_empty", .loop = on(empty_spans), .burst = 40'000},
        {.row = "span_10attr_2kb", .loop = on(full_spans), .burst = 2'800},
        {.row = "span_unsampled", .loop = off(empty_spans), .burst = 200'000},
        {.row = "span_unsampled_10attr", .loop = off(full_spans), .burst = 100'000},
        {"set_attribute", on(attributes), on(empty_spans), short_attributes, 4'000},
        {.row = "span_of_session", .loop = on(spans_of_session), .burst = 40'000},
        {.row = "attach", .loop = on(attached_contexts), .burst = 40'000},
        {.row = "inject", .loop = on(injected_headers), .burst = 10'000},
        {.row = "extract", .loop = on(extracted_headers), .burst = 10'000},
        {"set_attribute_shared", on(attributes_of_shared), on(shared_spans), short_attributes,
         4'000},
    };
  }

  const std::vector<SpanCase>& cases() const override { return cases_; }

  void record(std::string_view prompt) override { record_call(tracer_, prompt); }

  bool settle() override {
    return tracer_.flush(std::chrono::seconds(30)) && tracer_.stats().dropped() == 0;
  }

 private:
  HoneyHiveTracer tracer_;
  HoneyHiveTracer off_;
  std::vector<SpanCase> cases_;
};

}  // namespace

std::unique_ptr<Subject> open_ours(const std::string& url) { return std::make_unique<Ours>(url); }

}  // namespace honeyhive::bench

#include <zlib.h>

#include <array>
#include <chrono>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <stdexcept>
#include <thread>

#include "core/hex.h"
#include "core/random.h"
#include "core/uuid.h"
#include "ingest.h"
#include "text.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

// Source: opentelemetry-proto, trace.proto and common.proto. Written here a second time, so that a
// mistake in our encoder cannot hide one in our decoder.
using Writer = protozero::pbf_writer;
constexpr protozero::pbf_tag_type attributes_field = 9;
constexpr std::size_t spans_per_trace = 10;

Writer value_of(Writer& message, protozero::pbf_tag_type field, std::string_view key,
                Writer& attribute) {
  attribute = Writer(message, field);
  attribute.add_string(1, key.data(), key.size());
  return {attribute, 2};
}

void add_text(Writer& message, protozero::pbf_tag_type field, std::string_view key,
              std::string_view text) {
  Writer attribute;
  value_of(message, field, key, attribute).add_string(1, text.data(), text.size());
}

std::string random_bytes(std::uint64_t seed, std::size_t count) {
  core::SplitMix64 random(seed);
  std::string bytes;
  while (bytes.size() < count) {
    const std::uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes.substr(0, count);
}

class Requests {
 public:
  explicit Requests(std::uint64_t first_span) : next_(first_span), text_(first_span + 1) {}

  std::string make(std::size_t spans) {
    std::string out;
    Writer request(out);
    Writer resource_spans(request, 1);
    {
      Writer resource(resource_spans, 1);
      add_text(resource, 1, "service.name", "assistant");
      add_text(resource, 1, "telemetry.sdk.language", "python");
      add_text(resource, 1, "deployment.environment", "production");
    }
    Writer scope_spans(resource_spans, 2);
    {
      Writer scope(scope_spans, 1);
      scope.add_string(1, "bench.instrumentation");
    }
    for (std::size_t i = 0; i < spans; ++i) add_span(scope_spans);
    return out;
  }

 private:
  void add_span(Writer& scope_spans) {
    const std::uint64_t number = next_++, trace = number / spans_per_trace;
    const std::uint64_t place = number % spans_per_trace;
    Writer span(scope_spans, 2);
    span.add_bytes(1, random_bytes(trace * 2 + 1, 16));
    span.add_bytes(2, random_bytes(number * 2 + 2, 8));
    if (place > 0) span.add_bytes(4, random_bytes((number - place) * 2 + 2, 8));
    span.add_string(5, place % 3 == 0 ? "chat gpt-4o-mini" : "retrieve documents");
    span.add_enum(6, place % 3 == 0 ? 3 : 1);
    const std::uint64_t start = start_ns_ + number * 1'000'000;
    span.add_fixed64(7, start);
    span.add_fixed64(8, start + 800'000 + number * 7919 % 1'000'000);
    add_attributes(span, trace);
    Writer status(span, 15);
    status.add_enum(3, 1);
  }

  // A captured call (workload.h) as our worker sends it: with the constants of its tracer. Session
  // and user differ by trace, the prompt in every span.
  void add_attributes(Writer& span, std::uint64_t trace) {
    const auto add = [&](std::string_view key, std::string_view text) {
      add_text(span, attributes_field, key, text);
    };
    for (const TextAttribute& attribute : call_attributes) {
      std::string text(attribute.value);
      if (attribute.key == "session.id") put_random(text, trace / 4, 16);
      if (attribute.key == "user.id") put_random(text, trace * 7919 % 5000, 16);
      add(attribute.key, text);
    }
    add(prompt_key, fresh_text(prompt_bytes));
    add("honeyhive.project", "bench");
    add("honeyhive.source", "production");
    add("honeyhive.session_name", "benchmark");
    add("honeyhive.session_id", session_of(trace / 4));
    add("honeyhive.tracer_version", "0.1.0");
    add("honeyhive_event_type", "model");
    add("honeyhive.event_type", "model");
  }

  // Overwrites the end of `text` with `count` random bytes in hex.
  static void put_random(std::string& text, std::uint64_t seed, std::size_t count) {
    const std::string digits = core::to_hex(random_bytes(seed, count));
    text.replace(text.size() - digits.size(), digits.size(), digits);
  }

  static std::string session_of(std::uint64_t number) {
    core::Uuid uuid;
    std::memcpy(uuid.bytes.data(), random_bytes(number, 16).data(), 16);
    return uuid.text();
  }

  std::string_view fresh_text(std::size_t bytes) {
    piece_.clear();
    text_.append(piece_, bytes);
    return piece_;
  }

  std::uint64_t next_;
  std::uint64_t start_ns_ = 1'790'000'000'000'000'000;
  TextSource text_;
  std::string piece_;
};

std::string compress(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib has no memory");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("zlib failed");
  return out;
}

}  // namespace

IngestLoad make_ingest_load(std::size_t requests, std::size_t spans_per_request,
                            IngestEncoding encoding) {
  IngestLoad load;
  load.encoding = encoding;
  load.requests.resize(requests);
  load.spans = requests * spans_per_request;
  constexpr std::size_t threads = 2;
  std::array<std::uint64_t, threads> bytes{};
  const auto make_share = [&](std::size_t share) {
    const std::size_t begin = requests * share / threads;
    const std::size_t end = requests * (share + 1) / threads;
    Requests source(begin * spans_per_request);
    for (std::size_t i = begin; i < end; ++i) {
      std::string request = source.make(spans_per_request);
      if (encoding == IngestEncoding::json) request = json_of_request(request);
      bytes[share] += request.size();
      load.requests[i] = compress(request);
    }
  };
  std::thread other(make_share, 1);
  make_share(0);
  other.join();
  load.bytes = bytes[0] + bytes[1];
  return load;
}

}  // namespace honeyhive::bench

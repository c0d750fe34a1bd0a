#include "sdk/deliver/gzip.h"

#include <doctest/doctest.h>

#include <random>

#include "core/log.h"
#include "fakes/gunzip.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::gunzip;
using fakes::HttpTape;
using fakes::SentRequest;
using sdk::Gzip;
using std::chrono::seconds;

sdk::Settings compressing() {
  sdk::Settings settings = Station::settings();
  settings.compression.value = sdk::Compression::gzip;
  return settings;
}

bool is_gzip(const SentRequest& sent) { return sent.has_header("Content-Encoding: gzip"); }

// What is said while it lives.
class Said {
 public:
  Said()
      : before_(core::set_log_sink(
            [](core::LogLevel, std::string_view text) { lines.emplace_back(text); })) {
    lines.clear();
  }
  ~Said() { core::set_log_sink(before_); }
  Said(const Said&) = delete;
  Said& operator=(const Said&) = delete;

  static inline std::vector<std::string> lines;

 private:
  core::LogSink before_;
};

std::string compressed(Gzip& gzip, std::string_view text, std::size_t capacity) {
  std::string out(capacity, '\0');
  REQUIRE(gzip.begin(out.data(), out.size()));
  if (!gzip.add(text)) return "full";
  out.resize(gzip.finish());
  return out;
}

std::string noise(std::size_t bytes) {
  std::minstd_rand random(1);
  std::string out(bytes, '\0');
  for (char& c : out) c = static_cast<char>(random() >> 8);
  return out;
}

// One batch of `spans` spans.
void send_batch(Station& station, detail::TracerImpl& tracer, int spans = 20) {
  for (int i = 0; i < spans; ++i) Station::record(tracer, "span " + std::to_string(i), 200);
  station.step();
  station.step(seconds(1));
  station.step();
}

TEST_SUITE_BEGIN("sdk/deliver/gzip");

TEST_CASE("bodies are compressed one after the other, each a whole gzip member") {
  Gzip gzip;
  for (const std::string& text : {std::string(100'000, 'a'), std::string("short"), std::string()}) {
    CHECK(gunzip(compressed(gzip, text, 1000)) == text);
  }
  std::string out(1000, '\0');
  REQUIRE(gzip.begin(out.data(), out.size()));
  for (const char* const piece : {"one ", "two ", "three"}) CHECK(gzip.add(piece));
  out.resize(gzip.finish());
  CHECK(gunzip(out) == "one two three");
}

TEST_CASE("what does not fit is not finished, and the next body is not harmed") {
  Gzip gzip;
  CHECK(compressed(gzip, noise(200'000), 100'000) == "full");
  CHECK(compressed(gzip, "short", 10).empty());
  CHECK(gunzip(compressed(gzip, "short", 100)) == "short");
}

TEST_CASE("memory of bodies is used again, and no more of it kept than is of use") {
  Gzip gzip;
  auto buffer = gzip.take_buffer(1000);
  const char* const bytes = buffer.bytes.get();
  gzip.give_back(std::move(buffer));
  auto again = gzip.take_buffer(500);
  CHECK(again.bytes.get() == bytes);
  CHECK(again.capacity == 1000);
  CHECK(gzip.take_buffer(1001).capacity == 1001);
  gzip.give_back(std::move(again));
  gzip.give_back(gzip.take_buffer(Gzip::largest_spare + 1));
  for (std::size_t i = 1; i <= 2 * Gzip::spare_buffers; ++i) {
    gzip.give_back({std::make_unique<char[]>(2000), 2000});
  }
  gzip.give_back({});  // no memory is nothing to keep
  std::vector<Gzip::Buffer> taken;
  for (std::size_t i = 0; i < Gzip::spare_buffers; ++i) taken.push_back(gzip.take_buffer(1));
  for (const auto& spare : taken) CHECK(spare.capacity == 2000);
  CHECK(gzip.take_buffer(1).capacity == 1);
}

TEST_CASE("spans go uncompressed unless gzip is asked for") {
  Station station;
  send_batch(station, station.add());
  REQUIRE(station.tape->sent.size() == 1);
  CHECK_FALSE(is_gzip(station.tape->sent[0]));
}

TEST_CASE("with gzip spans arrive as they were recorded, in smaller requests") {
  Station station;
  auto& tracer = station.add(compressing());
  for (int batch = 0; batch < 3; ++batch) send_batch(station, tracer);
  REQUIRE(station.tape->sent.size() == 3);
  for (const SentRequest& sent : station.tape->sent) {
    CHECK(is_gzip(sent));
    const auto body = gunzip(sent.body);
    REQUIRE(body.has_value());
    CHECK(sent.body.size() * 3 < body->size());
    const auto spans = spans_of(*body);
    REQUIRE(spans.size() == 20);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      CHECK(spans[i].name == "span " + std::to_string(i));
      CHECK(spans[i].text.at("text") == std::string(200, 'x'));
      CHECK(spans[i].text.at("honeyhive.session_id") == tracer.session_id);
    }
  }
  CHECK(tracer.stats().spans_sent == 60);
  CHECK(tracer.stats().bytes_sent > 3 * gunzip(station.tape->sent[0].body)->size() - 100);
}

TEST_CASE("a session's start is not compressed") {
  Station station;
  Station::session_members = R"(,"inputs":")" + std::string(1000, 'a') + "\"";
  auto& tracer = station.add(compressing(), true);
  Station::session_members.clear();
  send_batch(station, tracer);
  REQUIRE(station.tape->sent.size() == 2);
  CHECK_FALSE(is_gzip(station.tape->sent[0]));
  CHECK(is_gzip(station.tape->sent[1]));
}

TEST_CASE("what fails is sent again with the same body") {
  Station station;
  station.tape->script = [&](const SentRequest&) {
    return HttpTape::status(station.tape->sent.size() < 2 ? 503 : 200);
  };
  auto& tracer = station.add(compressing());
  send_batch(station, tracer);
  station.step(seconds(31));
  station.step(seconds(31));
  REQUIRE(station.tape->sent.size() == 3);
  CHECK(is_gzip(station.tape->sent[2]));
  CHECK(station.tape->sent[1].body == station.tape->sent[0].body);
  CHECK(station.tape->sent[2].body == station.tape->sent[0].body);
  station.step();
  CHECK(tracer.stats().spans_sent == 20);
}

TEST_CASE("a server that does not take gzip gets the same spans uncompressed, at once and after") {
  for (const int status : {415, 400}) {
    CAPTURE(status);
    const Said said;
    Station station;
    station.tape->script = [&](const SentRequest& sent) {
      return HttpTape::status(is_gzip(sent) ? status : 200);
    };
    auto& tracer = station.add(compressing());
    send_batch(station, tracer);
    station.step();
    REQUIRE(station.tape->sent.size() == 2);
    CHECK(is_gzip(station.tape->sent[0]));
    CHECK_FALSE(is_gzip(station.tape->sent[1]));
    CHECK(gunzip(station.tape->sent[0].body) == station.tape->sent[1].body);
    send_batch(station, tracer);
    REQUIRE(station.tape->sent.size() == 3);
    CHECK_FALSE(is_gzip(station.tape->sent[2]));
    CHECK(tracer.stats().spans_sent == 40);
    CHECK(tracer.stats().requests_retried == 1);
    REQUIRE(Said::lines.size() == 1);
    CHECK(Said::lines[0] == "http://one does not take gzip (status " + std::to_string(status) +
                                "); spans are sent uncompressed from now on");
  }
}

TEST_CASE("of several requests that are on their way each is sent again, and it is said once") {
  const Said said;
  Station station;
  station.tape->script = [](const SentRequest& sent) {
    return is_gzip(sent) ? HttpTape::silence() : HttpTape::status(200);
  };
  auto& tracer = station.add(compressing());
  for (int i = 0; i < 3; ++i) send_batch(station, tracer, 5 + i);
  REQUIRE(station.tape->sent.size() == 3);
  for (const std::size_t at : {std::size_t{1}, std::size_t{0}, std::size_t{2}})
    station.tape->answer(at, *HttpTape::status(415));
  station.step();
  station.step();
  REQUIRE(station.tape->sent.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(gunzip(station.tape->sent[i].body) == station.tape->sent[i + 3].body);
  }
  station.step();
  CHECK(tracer.stats().spans_sent == 18);
  CHECK(Said::lines.size() == 1);
}

TEST_CASE("once gzip was taken, 400 is about the spans") {
  const Said said;
  Station station;
  auto& tracer = station.add(compressing());
  send_batch(station, tracer);
  station.tape->script = [](const SentRequest&) { return HttpTape::status(400); };
  send_batch(station, tracer);
  CHECK(tracer.stats().spans_sent == 20);
  CHECK(tracer.stats().dropped_refused == 20);
  station.tape->script = [](const SentRequest&) { return HttpTape::status(200); };
  send_batch(station, tracer);
  REQUIRE(station.tape->sent.size() == 3);
  CHECK(is_gzip(station.tape->sent[2]));
}

TEST_CASE("spans that are refused without gzip too are refused") {
  const Said said;
  Station station;
  station.tape->script = [](const SentRequest&) { return HttpTape::status(400); };
  auto& tracer = station.add(compressing());
  send_batch(station, tracer);
  station.step();
  CHECK(station.tape->sent.size() == 2);
  CHECK(tracer.stats().dropped_refused == 20);
}

TEST_CASE("what gzip makes no smaller goes as it is") {
  Station station;
  Gzip gzip;
  const std::string body = noise(50'000);
  sdk::Batch batch(station.add());
  batch.close(body);
  CHECK_FALSE(batch.compress(gzip));
  CHECK(batch.sent_bytes() == body.size());
  std::string read(body.size() + 1, '\0');
  read.resize(batch.read(read.data(), read.size()));
  CHECK(read == body);
  CHECK_FALSE(batch.end_compression(gzip));
}

TEST_CASE("a compressed body is read from its beginning as often as it takes") {
  Station station;
  Gzip gzip;
  sdk::Batch batch(station.add());
  const std::string body(50'000, 'a');
  batch.close(body);
  REQUIRE(batch.compress(gzip));
  const std::size_t bytes = batch.sent_bytes();
  CHECK(bytes < 1000);
  for (int times = 0; times < 2; ++times) {
    std::string read;
    char piece[7];
    while (const std::size_t count = batch.read(piece, sizeof piece)) read.append(piece, count);
    CHECK(read.size() == bytes);
    CHECK(gunzip(read) == body);
    batch.rewind();
  }
  CHECK(batch.end_compression(gzip));
  CHECK(batch.sent_bytes() == body.size());
  CHECK(gzip.take_buffer(1).capacity == body.size());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing

#include "sdk/record/arena.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fakes/process_memory.h"
#include "fakes/sanitizer.h"
#include "sdk/deliver/collector.h"
#include "sdk/record/clock.h"
#include "sdk/record/lane.h"

namespace honeyhive::sdk {
namespace {

using std::chrono::milliseconds;

TEST_SUITE_BEGIN("sdk/record/arena");

TEST_CASE("pages are taken lowest first, each once, and come back") {
  const auto arena = Arena::create();
  REQUIRE(arena);
  CHECK_FALSE(arena->take(1).has_value());
  arena->grow(256 << 10);
  CHECK(arena->pages() == 64);
  CHECK(arena->take(3) == 0U);
  CHECK(arena->take(1) == 3U);
  CHECK(arena->take(60) == 4U);
  CHECK_FALSE(arena->take(1).has_value());
  arena->give(1, 2);
  CHECK_FALSE(arena->take(3).has_value());
  CHECK(arena->take(2) == 1U);
}

TEST_CASE("runs longer than a word of the map are found, and their rest is free") {
  const auto arena = Arena::create();
  arena->grow(1 << 20);
  CHECK(arena->pages() == 256);
  CHECK(arena->take(1) == 0U);
  const auto run = arena->take(130);
  REQUIRE(run.has_value());
  CHECK(*run == 64U);
  CHECK_FALSE(arena->take(130).has_value());
  CHECK(arena->take(63) == 1U);
  CHECK(arena->take(62) == 194U);
  arena->give(*run, 130);
  CHECK(arena->take(130) == 64U);
}

TEST_CASE("an arena counts as memory only as far as it was grown, and as the system gives") {
  const std::size_t before = fakes::kilobytes_of("VmData:");
  const auto arena = Arena::create();
  REQUIRE(arena);
  arena->grow(1 << 20);
  CHECK(fakes::kilobytes_of("VmData:") < before + (8 << 10));
  std::memset(arena->at(arena->pages() - 1), 1, Arena::page_bytes);
  if (fakes::is_sanitized) return;  // those take memory of their own
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_DATA, &limit) == 0);
  const rlimit little{(fakes::kilobytes_of("VmData:") << 10) + (16 << 20), limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_DATA, &little) == 0);
  arena->grow(64 << 20);
  CHECK(::setrlimit(RLIMIT_DATA, &limit) == 0);
  CHECK(arena->pages() == 256);
  arena->grow(64 << 20);
  CHECK(arena->pages() == 16'384);
}

TEST_CASE("where address space is scarce, an arena reserves what was asked for, and little more" *
          doctest::skip(fakes::is_sanitized)) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_AS, &limit) == 0);
  const auto arena = Arena::create(), refused = Arena::create();
  const std::size_t before = fakes::kilobytes_of("VmSize:");
  const rlimit little{(before << 10) + (200 << 20), limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_AS, &little) == 0);
  refused->grow(256 << 20);
  arena->grow(40 << 20);
  const std::size_t after = fakes::kilobytes_of("VmSize:");
  CHECK(::setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK(refused->pages() == 0);
  CHECK(arena->pages() == (40 << 20) / Arena::page_bytes);
  CHECK(after < before + (50 << 10));
  CHECK(arena->take(arena->pages()) == 0U);
  std::memset(arena->at(0), 1, arena->pages() * Arena::page_bytes);
  for (const std::uint32_t page : {0U, arena->pages() - 1}) {
    CHECK(arena->link(page) == 0U);
    CHECK(arena->state_word(page) == 0U);
  }
  arena->grow(64 << 20);
  CHECK(arena->pages() == (40 << 20) / Arena::page_bytes);
  refused->grow(256 << 20);
  CHECK(refused->pages() == (256 << 20) / Arena::page_bytes);
}

TEST_CASE("threads that take and give never hold a page together") {
  const auto arena = Arena::create();
  arena->grow(1 << 20);
  std::vector<std::atomic<int>> holders(arena->pages());
  std::atomic<int> bad{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(i);
      for (int j = 0; j < 20'000; ++j) {
        const std::uint32_t pages = j % 50 == 0 ? 70 : 1 + random() % 16;
        const auto first = arena->take(pages);
        if (!first) continue;
        for (std::uint32_t page = *first; page < *first + pages; ++page) {
          bad += holders[page].exchange(1);
          arena->at(page)[0] = static_cast<char>(i);
        }
        for (std::uint32_t page = *first; page < *first + pages; ++page) {
          bad += arena->at(page)[0] != static_cast<char>(i);
          holders[page] = 0;
        }
        arena->give(*first, pages);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(bad == 0);
  CHECK(arena->take(256) == 0U);
}

// Writers of records that carry their number; a reader that takes chunks back all the time.
TEST_CASE("taking chunks back while threads write loses and repeats nothing") {
  const auto arena = Arena::create();
  arena->grow(2 << 20);
  Destination destination(*arena, 0);
  destination.set_page_limit(arena->pages());
  Waker waker;
  constexpr std::uint32_t writers = 3, records = 20'000;
  std::atomic<std::uint32_t> running{writers};
  std::atomic<std::uint64_t> written{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      Lane lane(destination, waker);
      std::vector<char> record(6000, static_cast<char>('a' + i));
      for (std::uint32_t j = 0; j < records; ++j) {
        const std::uint32_t bytes = j % 97 == 0 ? 40'000 : 12 + j % 6000;
        if (record.size() < bytes) record.resize(bytes, static_cast<char>('a' + i));
        std::memcpy(record.data(), &i, 4);
        std::memcpy(record.data() + 4, &j, 4);
        const RecordInfo what{bytes, RecordType::span, 0, i, j};
        written += lane.append(what, record.data());
        if (j % 64 == 0) std::this_thread::yield();
      }
      --running;
    });
  }
  Collector collector(destination);
  std::vector<std::uint32_t> next(writers, 0);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_before;
  std::uint64_t read = 0, bad = 0;
  SteadyTime now{};
  const auto drain = [&] {
    now += milliseconds(150);
    std::vector<std::pair<OpenChunk*, std::uint32_t>> seen;
    collector.collect(now, [&](const Record& record) {
      std::uint32_t writer = 0, number = 0;
      std::memcpy(&writer, record.bytes, 4);
      std::memcpy(&number, record.bytes + 4, 4);
      // Large records have chunks of their own, and may be seen later than those after them.
      bad += writer >= writers || (number < next[writer] && number % 97 != 0);
      bad += record.header->check != record_check(*record.header);
      bad += record.bytes[record.header->bytes - 1] != static_cast<char>('a' + writer);
      bad += !seen_before.emplace(writer, number).second;
      if (writer < writers && number % 97 != 0) next[writer] = number + 1;
      ++read;
      seen.emplace_back(record.chunk, 1);
      return true;
    });
    for (const auto& [chunk, count] : seen) collector.settle(*chunk, count);
    collector.take_back_idle(now + milliseconds(150));
  };
  while (running > 0) drain();
  for (auto& thread : threads) thread.join();
  drain();
  drain();
  CHECK(bad == 0);
  CHECK(read == written);
  CHECK(destination.pages_held() == 0);
  CHECK(arena->take(arena->pages()) == 0U);
}

TEST_CASE("a chunk is taken back after 100 ms without a record, and its pages return") {
  const auto arena = Arena::create();
  arena->grow(256 << 10);
  Destination destination(*arena, 0);
  destination.set_page_limit(64);
  Waker waker;
  Lane lane(destination, waker);
  CHECK(lane.append({4, RecordType::span, 0, 0, 1}, "once"));
  Collector collector(destination);
  SteadyTime now{};
  collector.collect(now, [&](const Record& record) {
    CHECK(std::string_view(record.bytes, 4) == "once");
    collector.settle(*record.chunk, 1);
    return true;
  });
  CHECK(collector.next_take_back() == now + milliseconds(100));
  CHECK_FALSE(collector.take_back_idle(now + milliseconds(99)));
  CHECK(destination.pages_held() == 1);
  CHECK(collector.take_back_idle(now + milliseconds(100)));
  CHECK(destination.pages_held() == 0);
  CHECK(collector.next_take_back() == SteadyTime::max());
  CHECK(lane.append({5, RecordType::span, 0, 0, 1}, "again"));
  CHECK(destination.pages_held() == 1);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("sdk/record/clock");

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t one = std::uint64_t{1} << 32;  // a tick is a nanosecond

TEST_CASE("a clock that is behind runs at most a tenth faster, without a jump") {
  const ClockLine now{1000, 5 * second, one};
  const ClockLine line = next_line(now, 1000 + second, 6 * second + second / 2, one);
  CHECK(line.at(line.base_ticks) == 6 * second);
  CHECK(line.at(line.base_ticks + second) > 7 * second + second / 10 - 10);
  CHECK(line.at(line.base_ticks + second) <= 7 * second + second / 10);
}

TEST_CASE("a clock that is ahead runs at most a tenth slower, and never backwards") {
  const ClockLine now{0, 5 * second, one};
  const ClockLine line = next_line(now, second, 5 * second + second / 2, one);
  CHECK(line.at(second) == 6 * second);
  CHECK(line.at(2 * second) >= 6 * second + 9 * (second / 10) - 10);
  CHECK(line.at(2 * second) <= 6 * second + 9 * (second / 10));
}

TEST_CASE("a small error is gone after a second") {
  const ClockLine now{0, 0, one};
  const ClockLine line = next_line(now, second, second + 5'000'000, one);
  CHECK(line.at(2 * second) >= 2 * second + 5'000'000 - 10);
  CHECK(line.at(2 * second) <= 2 * second + 5'000'000);
}

TEST_CASE("a step of more than a second is followed, in both directions") {
  const ClockLine now{0, 100 * second, one};
  CHECK(next_line(now, second, 200 * second, one).at(second) == 200 * second);
  CHECK(next_line(now, second, 50 * second, one).at(second) == 50 * second);
}

// A counter of 3 GHz, and clocks that stood still for a while.
ClockSample sample_at(std::uint64_t seconds, std::uint64_t asleep = 0) {
  const std::uint64_t ns = seconds * second;
  return {1000 + ns * 3, ns - asleep * second, 1'700'000'000 * second + ns};
}

std::int64_t error_ns(const Clock& clock, const ClockSample& now) {
  return static_cast<std::int64_t>(clock.line().at(now.ticks) - now.unix_ns);
}

TEST_CASE("a counter that ran on while the system slept measures the same seconds as before") {
  Clock clock;
  for (std::uint64_t t = 1; t < 1000; ++t) clock.rebase(sample_at(t));
  for (std::uint64_t t = 6400; t < 6410; ++t) {
    clock.rebase(sample_at(t));
    CHECK(clock.uses_ticks());
    CHECK(std::abs(error_ns(clock, sample_at(t))) < 100'000);
  }
}

TEST_CASE("where the clocks stood still and the counter did not, it is measured anew") {
  for (const std::uint64_t ran : {std::uint64_t{100}, std::uint64_t{36'000}}) {
    Clock clock;
    for (std::uint64_t t = 1; t <= ran; ++t) clock.rebase(sample_at(t));
    CHECK(clock.uses_ticks());
    constexpr std::uint64_t asleep = 5400;
    clock.rebase(sample_at(ran + asleep + 1, asleep));
    CHECK_FALSE(clock.uses_ticks());  // time comes from the system
    for (std::uint64_t t = ran + asleep + 2; t < ran + asleep + 5; ++t) {
      clock.rebase(sample_at(t, asleep));
      CHECK(clock.uses_ticks());
      CHECK(std::abs(error_ns(clock, sample_at(t))) < 1000);
      const ClockLine line = clock.line();
      const std::uint64_t long_second = line.at(line.base_ticks + 3 * second) - line.base_ns;
      CHECK(long_second > second - 1000);
      CHECK(long_second < second + 1000);
    }
  }
}

TEST_CASE("a line is never taken for the one before, also when it was measured anew") {
  Clock clock;
  std::uint32_t last = 0;
  for (std::uint64_t t = 1; t < 20; ++t) {
    clock.rebase(sample_at(t % 5 + 1));  // the counter goes back again and again
    if (!clock.uses_ticks()) continue;
    CHECK(clock.sequence() > last);
    last = clock.sequence();
  }
  CHECK(last == 30);
}

TEST_CASE("a counter that stands before the line's start says nothing") {
  constexpr std::uint64_t ahead = std::uint64_t{1} << 62;
  Clock clock;
  for (std::uint64_t t = 1; t < 3; ++t) {
    ClockSample now = sample_at(t);
    now.ticks += ahead;
    clock.rebase(now);
  }
  CHECK(clock.uses_ticks());
  const std::uint64_t before = system_unix_ns();
  const std::uint64_t now = clock.unix_ns();
  CHECK(now >= before);
  CHECK(now - before < 60 * second);
}

TEST_CASE("a slewed line is not taken for a counter of another rate") {
  Clock clock;
  for (std::uint64_t t = 1; t < 10; ++t) clock.rebase(sample_at(t));
  for (std::uint64_t t = 10; t < 20; ++t) {
    ClockSample now = sample_at(t);
    now.unix_ns += second / 2;  // the system's clock was set
    clock.rebase(now);
    CHECK(clock.uses_ticks());
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk

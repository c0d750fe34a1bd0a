#include "server/http/inflate.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "gzip_bytes.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::server::testing;
using Code = core::Error::Code;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

std::string random_text(std::size_t bytes) {
  std::mt19937 random(7);
  std::string text(bytes, 0);
  for (char& c : text) c = static_cast<char>('a' + random() % 20);
  return text;
}

core::Result<std::string> inflate(std::string_view encoded, const InflateLimits& limits = {}) {
  Budget budget;
  Reservation reservation(budget);
  auto result = gunzip(encoded, limits, reservation);
  // What is kept is what is accounted for.
  if (result) CHECK(budget.used() == result->size());
  return result;
}

}  // namespace

TEST_SUITE("server/http/inflate") {
  TEST_CASE("one member, several members and an empty one come back as they were") {
    const std::string text = random_text(300'000);
    const auto one = inflate(gzip(text));
    REQUIRE(one);
    CHECK((*one == text));
    const auto several = inflate(gzip("first ") + gzip("") + gzip(text) + gzip(" last"));
    REQUIRE(several);
    CHECK((*several == "first " + text + " last"));
    const auto nothing = inflate(gzip(""));
    REQUIRE(nothing);
    CHECK(nothing->empty());
  }

  TEST_CASE("a size field that lies is an error of that member, not an allocation") {
    const std::string member = gzip(random_text(1000));
    for (const std::uint32_t size : {0u, 1u, 999u, 0xffffffffu}) {
      const auto result = inflate(with_size_field(member, size));
      REQUIRE_FALSE(result);
      CHECK(result.error().code == Code::malformed_data);
    }
  }

  TEST_CASE("a small last member does not hide how large the first is") {
    const std::string text = random_text(3 * mebibyte);
    const auto result = inflate(gzip(text) + gzip("x"));
    REQUIRE(result);
    CHECK((*result == text + "x"));
  }

  TEST_CASE("damage is reported with the member and where it starts") {
    const std::string first = gzip("first");
    std::string damaged = gzip(random_text(1000));
    damaged[damaged.size() / 2] ^= 0x55;
    const auto result = inflate(first + damaged);
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "gzip member 2 at byte " + std::to_string(first.size()) +
                                        " of the body: truncated or damaged");
  }

  TEST_CASE("every truncation of a body is an error, except between members") {
    const std::string first = gzip("a first member");
    const std::string body = first + gzip("a second member");
    for (std::size_t length = 0; length < body.size(); ++length) {
      CAPTURE(length);
      const auto result = inflate(std::string_view(body).substr(0, length));
      CHECK(result.has_value() == (length == first.size()));
    }
  }

  TEST_CASE("trailing bytes that are no member are an error") {
    CHECK_FALSE(inflate(gzip("text") + "rest"));
    CHECK_FALSE(inflate("not gzip at all, and long enough to be a member"));
  }

  TEST_CASE("output stops at the bound in bytes") {
    const std::string text = random_text(mebibyte);
    const InflateLimits exact{.max_bytes = mebibyte};
    CHECK(inflate(gzip(text), exact));
    const InflateLimits less{.max_bytes = mebibyte - 1};
    const auto result = inflate(gzip(text), less);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::limit_exceeded);
    CHECK(result.error().message == "the decoded body is above 1048575 bytes");
    CHECK_FALSE(inflate(gzip(text) + gzip("x"), exact));
  }

  TEST_CASE("output stops at 200 times the input, above the first MiB") {
    const std::string zeros(mebibyte, 0);
    CHECK(inflate(gzip(zeros)));  // 1,000 times, but small
    const auto result = inflate(gzip(zeros, 3));
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "the body expands to more than 200 times its size");
  }

  TEST_CASE("memory that the budget does not have is not taken") {
    Budget budget(mebibyte);
    Reservation reservation(budget);
    const auto result = gunzip(gzip(random_text(2 * mebibyte)), {}, reservation);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::unavailable);
    CHECK(budget.used() <= mebibyte);
  }
}

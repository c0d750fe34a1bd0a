#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>

#include "core/crc32c.h"
#include "core/hex.h"
#include "core/ids.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "core/shell_word.h"
#include "core/time_text.h"
#include "core/url.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "core/varint.h"

namespace honeyhive::core {
namespace {

TEST_SUITE_BEGIN("core/vectors");

TEST_CASE("CRC-32C gives the values of RFC 3720, appendix B.4") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  std::string rising, falling;
  for (char c = 0; c < 32; ++c) rising += c;
  for (char c = 31; c >= 0; --c) falling += c;
  CHECK(crc32c(rising) == 0x46dd794e);
  CHECK(crc32c(falling) == 0x113fdb5c);
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("") == 0);
}

TEST_CASE("a CRC-32C may be computed in pieces, cut anywhere") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  const std::uint32_t whole = crc32c(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(crc32c(text.substr(cut), crc32c(text.substr(0, cut))) == whole);
  }
}

TEST_CASE("hex is lower case out, either case in, and nothing else") {
  CHECK(to_hex(std::string_view("\x00\xff\x1a", 3)) == "00ff1a");
  std::uint8_t out[2] = {};
  CHECK(parse_hex("aBCd", out));
  CHECK(out[0] == 0xab);
  CHECK(out[1] == 0xcd);
  for (const char* const bad : {"", "abc", "abcde", "abcg", "ab d", "+bcd", "0x12"}) {
    CHECK_FALSE(parse_hex(bad, out));
  }
}

TEST_CASE("ids come from exactly their bytes or digits") {
  const auto id = SpanId::from_hex("00F067AA0BA902B7");
  REQUIRE(id.has_value());
  CHECK(id->hex() == "00f067aa0ba902b7");
  CHECK(SpanId::from_bytes(id->view()) == id);
  CHECK_FALSE(SpanId::from_hex("00f067aa0ba902b").has_value());
  CHECK_FALSE(SpanId::from_bytes("1234567").has_value());
  CHECK(TraceId{}.is_zero());
  CHECK_FALSE(id->is_zero());
}

TEST_CASE("a UUID is read in either case, written in lower case, and stamped") {
  const auto uuid = Uuid::parse("6BA7B810-9DAD-11D1-80B4-00C04FD430C8");
  REQUIRE(uuid.has_value());
  CHECK(uuid->text() == "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  for (const char* const bad :
       {"", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b8109dad-11d1-80b4-00c04fd430c8-",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b810-9dad-11d1-80b4-00c04fd430cg"}) {
    CHECK_FALSE(Uuid::parse(bad).has_value());
  }
  std::array<std::uint8_t, 16> ones{};
  ones.fill(0xff);
  CHECK(Uuid::with_version(ones, 4).text() == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(Uuid::with_version({}, 8).text() == "00000000-0000-8000-8000-000000000000");
}

TEST_CASE("varints have the size that they say, and read back") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value :
         {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit, ~(std::uint64_t{1} << bit)}) {
      char bytes[max_varint_bytes];
      const char* const end = put_varint(bytes, value);
      CHECK(static_cast<std::size_t>(end - bytes) == varint_size(value));
      const char* at = bytes;
      std::uint64_t back = 0;
      CHECK(get_varint(at, end, back));
      CHECK(back == value);
      CHECK(at == end);
      at = bytes;
      CHECK_FALSE(get_varint(at, end - 1, back));
    }
  }
  const std::string endless(11, '\xff');
  const char* at = endless.data();
  std::uint64_t value = 0;
  CHECK_FALSE(get_varint(at, at + endless.size(), value));
}

TEST_CASE("a padded varint is one that every reader accepts") {
  for (const std::uint32_t value : {0U, 1U, 127U, 128U, 16'384U, 1U << 21, max_padded_varint}) {
    char bytes[padded_varint_bytes];
    put_padded_varint(bytes, value);
    CHECK(get_padded_varint(bytes) == value);
    const char* at = bytes;
    std::uint64_t back = 0;
    CHECK(get_varint(at, bytes + sizeof bytes, back));
    CHECK(back == value);
    CHECK(at == bytes + sizeof bytes);
  }
}

TEST_CASE("UTF-8 is what Unicode's table 3-7 allows, at every offset of a block") {
  const char* const good[] = {"\x7f",         "\xc2\x80",         "\xdf\xbf",
                              "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
                              "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
  const char* const bad[] = {"\x80",
                             "\xc0\x80",
                             "\xc1\xbf",
                             "\xc2",
                             "\xe0\x9f\xbf",
                             "\xed\xa0\x80",
                             "\xe2\x82",
                             "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xff"};
  for (std::size_t offset = 0; offset < 70; ++offset) {
    for (const std::size_t behind : {0U, 1U, 40U}) {
      for (const char* const text : good) {
        CHECK(is_utf8(std::string(offset, 'a') + text + std::string(behind, 'b')));
      }
      for (const char* const text : bad) {
        const std::string whole = std::string(offset, 'a') + text + std::string(behind, 'b');
        CHECK_FALSE(is_utf8(whole));
        std::string repaired;
        append_repaired(repaired, whole);
        CHECK(is_utf8(repaired));
        CHECK(repaired.starts_with(std::string(offset, 'a') + "\xef\xbf\xbd"));
        CHECK(repaired.ends_with(std::string(behind, 'b')));
      }
    }
  }
}

TEST_CASE("a cut never ends inside a character") {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d";
  const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t most = 0; most < 12; ++most) {
    CHECK(cut_at_character(text, most).size() == kept[most]);
  }
  CHECK(cut_at_character(std::string(20, '\x80'), 10).size() >= 7);
}

TEST_CASE("JSON is escaped, and numbers read back") {
  std::string out;
  append_json_string(out, std::string_view("\"\\\b\f\n\r\t\x01/\x7f\xc3\xa9\xff", 13));
  CHECK(out == "\"\\\"\\\\\\u0008\\u000c\\n\\r\\t\\u0001/\x7f\xc3\xa9\xef\xbf\xbd\"");
  const auto number = [](double value) {
    std::string text;
    append_json_number(text, value);
    return text;
  };
  CHECK(number(1) == "1.0");
  CHECK(number(0.1) == "0.1");
  CHECK(number(-0.0) == "-0.0");
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(std::stod(number(1.7976931348623157e308)) == 1.7976931348623157e308);
  CHECK(std::strtod(number(5e-324).c_str(), nullptr) == 5e-324);
}

TEST_CASE("a URL is host, port and path, and nothing that could carry a secret") {
  const auto url = Url::parse("HTTPS://Api.Example.com:8443/base/");
  REQUIRE(url.has_value());
  CHECK(url->text() == "https://api.example.com:8443/base");
  CHECK(Url::parse("http://[::1]:80")->text() == "http://[::1]");
  for (const char* const bad :
       {"", "host", "ftp://h", "http://", "http://h:0", "http://h:65536", "http://h:1x",
        "http://u@h", "http://h?q", "http://h#f", "http://h h", "http://[::1", "http://a/\n"}) {
    CHECK_FALSE(Url::parse(bad).has_value());
  }
  CHECK(Url::parse("http://127.8.9.1")->is_loopback());
  CHECK_FALSE(Url::parse("http://127.0.0.1.example.com")->is_loopback());
}

TEST_CASE("a word for a shell is quoted where it has to be") {
  CHECK(shell_word("/var/lib/honeyhive-1.0") == "/var/lib/honeyhive-1.0");
  CHECK(shell_word("my data") == "'my data'");
  CHECK(shell_word("it's $HOME") == "'it'\\''s $HOME'");
  CHECK(shell_word("") == "''");
}

TEST_CASE("times are ISO 8601 in UTC, and read back") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(iso_time(-1'000) == "1969-12-31T23:59:59.999999Z");
  CHECK(iso_day(951'782'400'000'000'000) == "2000-02-29");
  CHECK(parse_iso_time("2000-02-29T00:00:00Z") == 951'782'400'000'000'000);
  CHECK(parse_iso_time("2000-02-29T01:30:00+01:30") == 951'782'400'000'000'000);
  CHECK(parse_iso_time(iso_time(1'700'000'000'123'456'000)) == 1'700'000'000'123'456'000);
  for (const char* const bad :
       {"", "2001-02-29", "2000-13-01", "2000-01-01T24:00:00Z", "20000101"}) {
    CHECK_FALSE(parse_iso_time(bad).has_value());
  }
}

TEST_CASE("a cause is said once a minute, with the number that was not said") {
  LogLimiter limiter;
  const LogLimiter::Clock::time_point begin{};
  std::uint64_t suppressed = 9;
  CHECK(limiter.allow("a", begin, suppressed));
  CHECK(suppressed == 0);
  CHECK_FALSE(limiter.allow("a", begin + std::chrono::seconds(59), suppressed));
  CHECK(limiter.allow("b", begin, suppressed));
  CHECK(limiter.allow("a", begin + std::chrono::seconds(60), suppressed));
  CHECK(suppressed == 1);
}

TEST_CASE("a line for a person waits for no reader of the pipe that it goes to") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  std::string page(4096, 'x');
  while (::write(ends[1], page.data(), page.size()) > 0) continue;
  REQUIRE(::fcntl(ends[1], F_SETFL, 0) == 0);  // from now on a write would wait
  const int before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  log_line(LogLevel::warning, "nobody reads this");
  REQUIRE(::read(ends[0], page.data(), page.size()) == 4096);
  log_line(LogLevel::warning, "somebody reads this");
  ::dup2(before, STDERR_FILENO);
  std::string read;
  for (ssize_t got = 0; (got = ::read(ends[0], page.data(), page.size())) > 0;) {
    read.append(page, 0, static_cast<std::size_t>(got));
  }
  CHECK(read.ends_with("xhoneyhive: somebody reads this\n"));
  for (const int fd : {before, ends[0], ends[1]}) ::close(fd);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::core

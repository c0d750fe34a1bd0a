#include "sdk/propagate/baggage.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/limits.h"

namespace honeyhive::sdk {
namespace {

namespace limits = core::limits;

TEST_SUITE_BEGIN("sdk/propagate/baggage");

constexpr std::string_view uuid = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736";

std::string lines_written_again(const std::vector<std::string_view>& lines) {
  std::string decoded;
  return write_baggage(parse_baggage(lines, decoded));
}

std::string written_again(std::string_view line) { return lines_written_again({line}); }

std::string session_of(std::string_view line) {
  std::string decoded;
  return std::string(parse_baggage({&line, 1}, decoded).session_id);
}

TEST_CASE("what is written is what was read, in one order") {
  const std::string line = "session_id=" + std::string(uuid) +
                           ",project=p,source=s,run_id=r,dataset_id=d,datapoint_id=x";
  CHECK(written_again(line) == line);
  CHECK(written_again("datapoint_id=x,run_id=r,source=s,session_id=1") ==
        "session_id=1,source=s,run_id=r,datapoint_id=x");
  CHECK(lines_written_again({"run_id=r", "", "project=p"}) == "project=p,run_id=r");
  CHECK(written_again("").empty());
  CHECK(write_baggage({}).empty());
}

TEST_CASE("only what is ours is read, and nothing else is written") {
  CHECK(written_again("userId=alice,session_id=1,Session_ID=2,session=3,honeyhive.run_id=4") ==
        "session_id=1");
  CHECK(written_again("honeyhive_tracer_id=1,session_name=n,parent_id=p").empty());
}

TEST_CASE("a name of another SDK counts where the one we write is absent") {
  const struct {
    std::string_view line, written;
  } cases[] = {
      {"honeyhive_session_id=1,honeyhive_project=2,honeyhive_source=3",
       "session_id=1,project=2,source=3"},
      {"honeyhive.session_id=1,honeyhive.project=2,honeyhive.source=3",
       "session_id=1,project=2,source=3"},
      {"honeyhive.session_id=3,honeyhive_session_id=2,session_id=1", "session_id=1"},
      {"session_id=1,honeyhive_session_id=2,honeyhive.session_id=3", "session_id=1"},
      {"honeyhive.project=3,honeyhive_project=2", "project=2"},
      {"session_id=,honeyhive_session_id=2", "session_id=2"},
  };
  for (const auto& example : cases) {
    CAPTURE(example.line);
    CHECK(written_again(example.line) == example.written);
  }
}

TEST_CASE("a value is found among white space, properties and members that are invalid") {
  for (const char* const line : {
           "session_id=a=b", " session_id = a=b ",
           "session_id \t = \t a=b \t ; \t prop \t ; k \t = v \t", "session_id=a=b;p;p=1;;=;\"",
           "x,=,=1,;,,session_id=a=b,y z=1", "session_id=a\"b,session_id=a=b",
           "session_id=a=b,session_id=a b", "session_id=a=b,session_id=a\\b",
           "session_id=a=b,session_id=\xc3\xa9", "session_id=a=b,session_id=\x01",
           "session_id=a=b,session_id=\x7f", "session_id=a=b,session_id=",
           "session_id=a=b,session_id", "session_id=a=b,;session_id=c",
           "session_id=c,session_id=a=b",  // the last one counts
       }) {
    CAPTURE(line);
    CHECK(session_of(line) == "a=b");
  }
}

TEST_CASE("percent-encoding is undone, and what is no UTF-8 replaced") {
  const struct {
    std::string_view encoded, value;
  } cases[] = {
      {"DF%2028", "DF 28"},
      {"Am%C3%A9lie", "Am\u00e9lie"},
      {"Am%c3%a9lie", "Am\u00e9lie"},
      {"%25", "%"},
      {"%2525", "%25"},
      {"%09%22%2C%3B%5C", "\t\",;\\"},
      {"a+b", "a+b"},
      {"%", "%"},
      {"%4", "%4"},
      {"%zz", "%zz"},
      {"%%41", "%A"},
      {"%FF", "\ufffd"},
      {"%ff%fe%C3", "\ufffd\ufffd\ufffd"},
      {"%F0%9F%98%80", "\U0001f600"},
      {"%ED%A0%80", "\ufffd\ufffd\ufffd"},  // a surrogate
  };
  for (const auto& example : cases) {
    CAPTURE(example.encoded);
    CHECK(session_of("session_id=" + std::string(example.encoded)) == example.value);
  }
  CHECK(session_of("session_id=a%00b") == std::string("a\0b", 3));
}

TEST_CASE("a value is written so that every reader finds the same") {
  const struct {
    std::string_view value, encoded;
  } cases[] = {
      {"DF 28", "DF%2028"},
      {"Am\u00e9lie", "Am%C3%A9lie"},
      {"100%", "100%25"},
      {"a+b", "a%2Bb"},  // Python's and C++'s OpenTelemetry read "+" as a space
      {"a,b;c\"d\\e", "a%2Cb%3Bc%22d%5Ce"},
      {"!#$&'()*-./09:<=>?@AZ[]^_`az{|}~", "!#$&'()*-./09:<=>?@AZ[]^_`az{|}~"},
      {"\r\nSet-Cookie: a", "%0D%0ASet-Cookie:%20a"},
      {"\x7f", "%7F"},
  };
  for (const auto& example : cases) {
    CAPTURE(example.value);
    Baggage baggage;
    baggage.project = example.value;
    const std::string line = write_baggage(baggage);
    CHECK(line == "project=" + std::string(example.encoded));
    std::string decoded;
    const std::string_view view = line;
    CHECK(parse_baggage({&view, 1}, decoded) == baggage);
  }
}

TEST_CASE("a value longer than its bound is neither read nor written, nor cut") {
  const std::string longest(limits::baggage_value_bytes, 'a');
  CHECK(session_of("session_id=" + longest) == longest);
  CHECK(session_of("session_id=" + longest + "a").empty());
  CHECK(session_of("session_id=1,session_id=" + longest + "a") == "1");
  CHECK(session_of("session_id=%61" + longest.substr(1)) == longest);
  CHECK(session_of("session_id=%61" + longest).empty());
  CHECK(session_of("session_id=" + longest.substr(1) + "%ff").empty());  // two bytes too many

  Baggage baggage;
  baggage.session_id = longest;
  CHECK(write_baggage(baggage) == "session_id=" + longest);
  const std::string longer = longest + "a";
  baggage.session_id = longer;
  baggage.project = "p";
  CHECK(write_baggage(baggage) == "project=p");
}

TEST_CASE("8192 characters of all lines are read, and no part of a member that goes beyond") {
  const auto filled = [](std::size_t bytes) { return "a=" + std::string(bytes - 2, 'b'); };
  const std::string last = ",session_id=12345";
  const std::string fits = filled(limits::baggage_bytes - last.size()) + last;
  CHECK(session_of(fits) == "12345");
  CHECK(session_of(fits + ",project=p") == "12345");
  CHECK(session_of(fits + ";p").empty());
  CHECK(session_of("a" + fits).empty());

  const std::string first = filled(limits::baggage_bytes - last.size());
  CHECK(lines_written_again({first, "session_id=12345"}) == "session_id=12345");
  CHECK(lines_written_again({"a" + first, "session_id=12345"}).empty());
  CHECK(lines_written_again({first, "session_id=12345", "project=p"}) == "session_id=12345");
  CHECK(lines_written_again({filled(limits::baggage_bytes), "project=p"}).empty());
  CHECK(lines_written_again({"project=p", filled(1 << 20), "source=s"}) == "project=p");
}

TEST_CASE("64 members and many more are read") {
  std::string line;
  for (int i = 0; i < 1000; ++i) line += "k" + std::to_string(i) + "=v,";
  CHECK(session_of(line + "session_id=1") == "1");
  std::string decoded;
  line = std::string(limits::baggage_bytes - 15, ',') + "session_id=%41x";
  CHECK(session_of(line) == "Ax");
}

TEST_CASE("values that had to be decoded stay where they are, however many there are") {
  std::string line;
  for (int i = 0; i < 31; ++i) line += "project=" + std::string(83, 'a').replace(0, 3, "%ff") + ",";
  std::string full;
  while (full.size() + line.size() < limits::baggage_bytes) full += line;
  line = "session_id=%41,run_id=%42," + full;
  const std::string_view view = line;
  std::string decoded(limits::baggage_bytes, 'x');  // of an earlier call
  const Baggage baggage = parse_baggage({&view, 1}, decoded);
  CHECK(decoded.size() <= line.size());
  CHECK(baggage.session_id == "A");
  CHECK(baggage.run_id == "B");
  CHECK(baggage.project == "\ufffd" + std::string(80, 'a'));
}

TEST_CASE("values that need no decoding are views of the header") {
  const std::string_view line = "session_id=4bf92f35,project=p";
  std::string decoded;
  const Baggage baggage = parse_baggage({&line, 1}, decoded);
  CHECK(baggage.session_id.data() == line.data() + 11);
  CHECK(decoded.capacity() == std::string().capacity());
}

TEST_CASE("everything at its longest is a header that is read as a whole") {
  const std::string value(limits::baggage_value_bytes, ' ');
  const Baggage baggage{value, value, value, value, value, value};
  const std::string line = write_baggage(baggage);
  CHECK(line.size() <= limits::baggage_bytes);
  const std::string_view view = line;
  std::string decoded;
  CHECK(parse_baggage({&view, 1}, decoded) == baggage);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk

#include "server/store/frame.h"

#include <doctest/doctest.h>

#include "server/store/event_codec.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

FrameHeader example() {
  FrameHeader header;
  header.kind = FrameKind::session;
  header.payload_bytes = 5;
  header.raw_bytes = 9;
  header.records = 2;
  header.payload_crc = 0x01020304;
  header.project = "p";
  header.key = "key";
  return header;
}

std::string encoded(const FramePlace& place) {
  std::string bytes;
  append_header(bytes, example(), place);
  return bytes;
}

}  // namespace

TEST_SUITE("server/store/frame") {
  TEST_CASE("a header has the bytes that docs/log_format.md gives") {
    const std::string bytes = encoded({1, 48});
    using namespace std::string_literals;
    CHECK(bytes.size() == 36);
    CHECK(bytes.substr(0, 28) ==
          "\xf5HH\xfe\x01\x02\0\0\x05\0\0\0\x09\0\0\0\x02\0\0\0\x01\0\x03\0\x04\x03\x02\x01"s);
    CHECK(bytes.substr(32) == "pkey");
  }

  TEST_CASE("a header comes back") {
    const auto header = parse_header(encoded({7, 1'000}) + "payload", {7, 1'000});
    REQUIRE(header);
    CHECK(header->kind == FrameKind::session);
    CHECK(header->payload_bytes == 5);
    CHECK(header->raw_bytes == 9);
    CHECK(header->records == 2);
    CHECK(header->payload_crc == 0x01020304);
    CHECK(header->project == "p");
    CHECK(header->key == "key");
    CHECK(header->frame_bytes() == 41);
    CHECK_FALSE(header->erased);
  }

  TEST_CASE("a header of another place is none") {
    CHECK_FALSE(parse_header(encoded({7, 1'000}), {7, 1'001}));
    CHECK_FALSE(parse_header(encoded({7, 1'000}), {8, 1'000}));
  }

  TEST_CASE("no changed bit and no missing byte goes unnoticed, and only `erased` may change") {
    const std::string bytes = encoded({7, 1'000});
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string changed = bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      CAPTURE(bit);
      CHECK(parse_header(changed, {7, 1'000}).has_value() == (bit == std::size_t{6} * 8));
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_FALSE(parse_header(bytes.substr(0, size), {7, 1'000}));
    }
  }

  TEST_CASE("a commit frame comes back") {
    std::string bytes;
    append_commit(bytes, {300, -5, 3}, {2, 348});
    CHECK(bytes.size() == commit_frame_bytes);
    const auto header = parse_header(bytes, {2, 348});
    REQUIRE(header);
    const auto mark = parse_commit(*header, std::string_view(bytes).substr(header->header_bytes()));
    REQUIRE(mark);
    CHECK(mark->length == 300);
    CHECK(mark->committed_ns == -5);
    CHECK(mark->frames == 3);
  }

  TEST_CASE("a segment's header comes back, and damage is noticed") {
    const std::string bytes = encode_segment_header({5, 99, {4, 1'234}});
    CHECK(bytes.size() == segment_header_bytes);
    const auto header = parse_segment_header(bytes);
    REQUIRE(header);
    CHECK(header->segment == 5);
    CHECK(header->created_ns == 99);
    CHECK(header->previous_end.segment == 4);
    CHECK(header->previous_end.offset == 1'234);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      CHECK_FALSE(parse_segment_header(changed));
      CHECK_FALSE(parse_segment_header(bytes.substr(0, i)));
    }
  }

  TEST_CASE("file names carry day and number, and other names are not segments") {
    const std::string name = segment_file_name(1'795'176'000'000'000'000, 17);
    CHECK(name == "2026-11-20-000017.log");
    CHECK(parse_segment_file_name(name) == 17);
    CHECK(parse_segment_file_name("2026-11-20-1234567.log") == 1'234'567);
    for (const char* other :
         {"", "lock", "2026-11-20-000017.log~", "2026-11-20-00001x.log", "2026-11-20-000000.log",
          "2026-11-20.log", "2026x11-20-000017.log", "2026-11-20-99999999999.log"}) {
      CAPTURE(other);
      CHECK_FALSE(parse_segment_file_name(other));
    }
  }

  TEST_CASE("records cut anywhere or changed anywhere are refused or bounded, never a crash") {
    Event span;
    span.project = "p";
    span.trace_id.bytes[0] = span.span_id.bytes[0] = 1;
    span.event_name = "name";
    span.bucket(Bucket::inputs) = "{}";
    std::string bytes;
    append_event(bytes, span);
    append_event(bytes, span);
    CHECK(decode_events(bytes, {"p", span.trace_id})->size() == 2);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto events = decode_events(std::string_view(bytes).substr(0, size), {"p", {}});
      CHECK((!events || events->size() == (size == 0 ? 0 : 1)));
    }
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string changed = bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      (void)decode_events(changed, {"p", {}});
      (void)decode_span_ids(changed);
    }
  }
}

#include "cli/event_stream.h"

#include <doctest/doctest.h>

#include <vector>

namespace honeyhive::cli {
namespace {

struct Collected {
  std::string text;  // "type:data|" per event
  EventStream stream{
      [this](const StreamEvent& event) { text += event.type + ":" + event.data + "|"; }};
};

}  // namespace

TEST_SUITE("cli/event_stream") {
  TEST_CASE("events are the same however their bytes are cut, and whichever line ends they use") {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      const std::string all = "id: 7" + end + "event: span" + end + "data: {\"a\":" + end +
                              "data:1}" + end + end + ": heartbeat" + end + end + "data" + end +
                              end + "event: gap" + end + "data:  x" + end + "id: 8" + end + end;
      // A lone "\r" at the very end cannot be told from half of "\r\n", and ends the line anyway.
      for (std::size_t first = 0; first <= all.size(); ++first) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{3}, all.size()}) {
          Collected collected;
          CHECK(collected.stream.feed(all.substr(0, first)));
          for (std::size_t at = first; at < all.size(); at += size) {
            CHECK(collected.stream.feed(all.substr(at, size)));
          }
          if (collected.text != "span:{\"a\":\n1}|message:|gap: x|") {
            FAIL_CHECK(first << ": " << collected.text);
          }
          CHECK(collected.stream.last_id() == "8");
        }
      }
    }
  }

  TEST_CASE("an event without data is none, but its id counts") {
    Collected collected;
    collected.stream.feed("event: span\nid: 5\n\n");
    CHECK(collected.text == "");
    CHECK(collected.stream.last_id() == "5");
    collected.stream.feed("data: next\n\n");
    CHECK(collected.text == "message:next|");
  }

  TEST_CASE("unknown fields and ids with a zero byte are ignored") {
    Collected collected;
    collected.stream.feed("retry: 10\nfoo: bar\nid: 1\n");
    collected.stream.feed(std::string_view("id: 2\0\ndata: a\n\n", 16));
    CHECK(collected.stream.last_id() == "1");
    CHECK(collected.text == "message:a|");
  }

  TEST_CASE("a new connection forgets the unfinished event and keeps the id") {
    Collected collected;
    collected.stream.feed("id: 3\nevent: span\ndata: half");
    collected.stream.restart();
    collected.stream.feed("data: whole\n\n");
    CHECK(collected.text == "message:whole|");
    CHECK(collected.stream.last_id() == "3");
  }

  TEST_CASE("an event without end is refused before it fills the memory") {
    Collected collected;
    const std::string piece(1 << 20, 'x');
    CHECK(collected.stream.feed("data: "));
    bool is_accepted = true;
    int pieces = 0;
    while (is_accepted && pieces < 100) {
      is_accepted = collected.stream.feed(piece);
      ++pieces;
    }
    CHECK(pieces == 16);
    Collected lines;
    const std::string line = "data: " + piece + "\n";
    for (pieces = 0; pieces < 100 && lines.stream.feed(line); ++pieces) continue;
    CHECK(pieces < 17);
  }
}

}  // namespace honeyhive::cli

#include "cli/safe_text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace honeyhive::cli {
namespace {

std::string utf8(char32_t character) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (character < 0x80) return {byte(character)};
  if (character < 0x800) return {byte(0xc0 | character >> 6), byte(0x80 | (character & 0x3f))};
  if (character < 0x10000) {
    return {byte(0xe0 | character >> 12), byte(0x80 | (character >> 6 & 0x3f)),
            byte(0x80 | (character & 0x3f))};
  }
  return {byte(0xf0 | character >> 18), byte(0x80 | (character >> 12 & 0x3f)),
          byte(0x80 | (character >> 6 & 0x3f)), byte(0x80 | (character & 0x3f))};
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool reorders_or_hides(char32_t c) {
  return c == 0x61c || c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace

TEST_SUITE("cli/safe_text") {
  TEST_CASE("no character that a terminal obeys or hides survives, and all others do") {
    std::size_t escaped = 0;
    for (char32_t c = 0; c <= 0x10ffff; ++c) {
      if (c >= 0xd800 && c <= 0xdfff) continue;  // not UTF-8
      const std::string text = safe(utf8(c));
      const bool must_go = is_control(c) || reorders_or_hides(c);
      if (must_go) {
        if (!text.starts_with('\\')) FAIL_CHECK("printed raw: " << static_cast<unsigned>(c));
        for (const char byte : text) {
          if (byte < 0x20 || byte > 0x7e) FAIL_CHECK("not ASCII: " << static_cast<unsigned>(c));
        }
      }
      if (text != utf8(c)) ++escaped;
    }
    // 65 controls, 4096 tags and the like, 66 noncharacters, 65 invisible ones.
    CHECK(escaped == 4292);
  }

  TEST_CASE("escapes are the usual ones") {
    CHECK(safe("a\nb\tc\r") == "a\\nb\\tc\\r");
    CHECK(safe(std::string_view("\0\x07\x1b[31m\x7f", 8)) == "\\x00\\x07\\x1b[31m\\x7f");
    CHECK(safe("\xc2\x9b"
               "31m") == "\\u009b31m");  // C1's own CSI
    CHECK(safe("user\xe2\x80\xaegnp.exe") == "user\\u202egnp.exe");
    CHECK(safe("\xf3\xa0\x81\x81") == "\\U000e0041");
    CHECK(safe("\\x1b and \"quotes\"") == "\\x1b and \"quotes\"");
  }

  TEST_CASE("text of people is left alone") {
    for (const char* text :
         {"", "plain ASCII ~", "Grüße, señor", "日本語", "Привет", "שלום", "مرحبا",
          "👩‍👩‍👧 ❤️", "e\xcc\x81", "한국어", "x → y — “z”", "\xef\xbf\xbd"}) {
      CAPTURE(text);
      CHECK(safe(text) == text);
    }
  }

  TEST_CASE("every byte that is no UTF-8 is shown as a byte") {
    for (int byte = 0x80; byte <= 0xff; ++byte) {
      char expected[8];
      std::snprintf(expected, sizeof expected, "\\x%02x", static_cast<unsigned>(byte));
      CHECK(safe(std::string(1, static_cast<char>(byte))) == expected);
    }
    CHECK(safe("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a lone surrogate
    CHECK(safe("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
    CHECK(safe("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
    CHECK(safe("ok\xe2\x82") == "ok\\xe2\\x82");                // cut off
  }

  TEST_CASE("all pairs of bytes become valid UTF-8 without controls") {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
      const std::string text =
          safe(std::string{static_cast<char>(pair >> 8), static_cast<char>(pair)});
      bool is_good = core::is_utf8(text);
      for (const char byte : text)
        is_good = is_good && (byte < 0 || (byte >= 0x20 && byte != 0x7f));
      if (!is_good) FAIL_CHECK(pair);
    }
  }

  TEST_CASE("lines end at line feeds, with or without carriage return, and tabs become spaces") {
    using Lines = std::vector<std::string>;
    CHECK((safe_lines("") == Lines{""}));
    CHECK((safe_lines("one") == Lines{"one"}));
    CHECK((safe_lines("one\ntwo\r\nthree") == Lines{"one", "two", "three"}));
    CHECK((safe_lines("one\n") == Lines{"one", ""}));
    CHECK((safe_lines("\n\n") == Lines{"", "", ""}));
    CHECK((safe_lines("a\tb\t") == Lines{"a    b    "}));
    CHECK((safe_lines("over\rwritten") == Lines{"over\\rwritten"}));
    CHECK((safe_lines("end\r") == Lines{"end\\r"}));
    CHECK((safe_lines("a\x1b\nb\xff") == Lines{"a\\x1b", "b\\xff"}));
  }

  TEST_CASE("safe JSON is the same JSON, in plain characters") {
    const std::string json =
        "{\"a\":\"\xe2\x80\xae\x7f\xc2\x85\xf3\xa0\x81\x81 \xe6\x97\xa5 \\u001b\",\n\t\"b\":1.50}";
    const std::string text = safe_json(json);
    CHECK(text ==
          "{\"a\":\"\\u202e\\u007f\\u0085\\udb40\\udc41 \xe6\x97\xa5 \\u001b\",\n\t\"b\":1.50}");
    CHECK((nlohmann::json::parse(text) == nlohmann::json::parse(json)));
  }

  TEST_CASE("every character in a JSON string reads back as itself") {
    std::string all;
    for (char32_t c = 0x20; c <= 0x10ffff; ++c) {
      if (c < 0xd800 || c > 0xdfff) all += utf8(c);
    }
    const std::string json = nlohmann::json(all).dump();
    const std::string text = safe_json(json);
    CHECK((nlohmann::json::parse(text).get<std::string>() == all));
    CHECK(text.find("\xe2\x80\xae") == text.npos);
    CHECK(text.find('\x7f') == text.npos);
  }

  TEST_CASE("widths are those of a terminal") {
    CHECK(display_width("") == 0);
    CHECK(display_width("abc") == 3);
    CHECK(display_width("Grüße") == 5);
    CHECK(display_width("日本語") == 6);
    CHECK(display_width("한국") == 4);
    CHECK(display_width("e\xcc\x81") == 1);
    CHECK(display_width("👍🏽") == 2);
    CHECK(display_width("→█│") == 3);
    CHECK(display_width("ｆｕｌｌ") == 8);
  }

  TEST_CASE("cutting to a width keeps characters whole") {
    CHECK(cut_to_width("abc", 2) == "ab");
    CHECK(cut_to_width("abc", 9) == "abc");
    CHECK(cut_to_width("日本語", 5) == "日本");
    CHECK(cut_to_width("日本語", 1) == "");
    CHECK(cut_to_width("e\xcc\x81x", 1) == "e\xcc\x81");
    CHECK(cut_to_width("abc", 0) == "");
  }

  TEST_CASE("characters are counted, not bytes") {
    CHECK(character_count("") == 0);
    CHECK(character_count("Grüße") == 5);
    CHECK(character_count("日\xff\xfe") == 3);
  }
}

}  // namespace honeyhive::cli

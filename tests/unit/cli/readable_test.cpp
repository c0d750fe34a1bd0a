#include "cli/readable.h"

#include <doctest/doctest.h>

namespace honeyhive::cli {
namespace {

// "label=text|" per part.
std::string readable(std::string_view json) {
  std::vector<TextPart> parts;
  append_readable(json, TextPart::Section::input, parts);
  std::string out;
  for (const TextPart& part : parts) out += part.label + "=" + part.text + "|";
  return out;
}

}  // namespace

TEST_SUITE("cli/readable") {
  TEST_CASE("chat messages are role and text, whatever their key is called") {
    CHECK(readable(R"({"chat_history":[{"role":"system","content":"Be brief."},
                                       {"role":"user","content":"Why?\nHow?"}]})") ==
          "system=Be brief.|user=Why?\nHow?|");
    CHECK(readable(R"({"messages":[{"role":"user","content":"x"}],"top_k":3})") ==
          "user=x|top_k=3|");
  }

  TEST_CASE("messages that were recorded as JSON text are messages too") {
    CHECK(readable(R"({"chat_history":"[{\"role\":\"user\",\"content\":\"x\"}]"})") == "user=x|");
    CHECK(readable(R"({"note":"[not json"})") == "note=[not json|");
    CHECK(readable(R"({"note":"[1,2]"})") == "note=[1,2]|");
  }

  TEST_CASE("messages nested so deeply that reading them would end the program stay text") {
    const std::string brackets = std::string(200'000, '[') + std::string(200'000, ']');
    const std::string text = R"([{\"role\":\"user\",\"content\":{\"a\":)" + brackets + "}}]";
    std::string plain = text;
    for (auto at = plain.find('\\'); at != plain.npos; at = plain.find('\\')) plain.erase(at, 1);
    CHECK(readable(R"({"m":")" + text + "\"}") == "m=" + plain + "|");
  }

  TEST_CASE("lists that were sent leaf by leaf are lists again") {
    CHECK(readable(R"({"chat_history.0.role":"user","chat_history.0.content":"x",
                       "chat_history.1.role":"assistant","chat_history.1.tool_calls.0.name":"f",
                       "chat_history.1.tool_calls.0.arguments":"{}","top.k":3})") ==
          "user=x|assistant=calls f({})|top.k=3|");
    CHECK(readable(R"({"a.b.0":1,"a.b.1":"x"})") == "a.b=[1,\"x\"]|");
  }

  TEST_CASE("keys that make no list keep their name and their value") {
    CHECK(readable(R"({"a.5.x":1})") == "a={\"5\":{\"x\":1}}|");
    CHECK(readable(R"({"a.0":1,"a.0.b":2,"a.2":3,"a.99999999999999999999":4,"a..0":5})") ==
          "a=[1]|a.0.b=2|a.2=3|a.99999999999999999999=4|a.=[5]|");
    CHECK(readable(R"({"a":1,"a.0":2})") == "a=1|a.0=2|");
    CHECK(readable(R"({"a.0.b":"first","a.0.c":2,"a":"last"})") == "a.0.b=first|a.0.c=2|a=last|");
    CHECK(readable(R"({".":1,"":2,"0":3,"1.2":4})") == ".=1|=2|0=3|1={\"2\":4}|");
    std::string deep = "a";
    for (int i = 0; i < 100'000; ++i) deep += ".0";
    CHECK(readable("{\"" + deep + "\":1}") == deep + "=1|");
  }

  TEST_CASE("an answer is one message") {
    CHECK(readable(R"({"role":"assistant","content":"Because.","finish_reason":"stop"})") ==
          "assistant=Because.|finish_reason=stop|");
  }

  TEST_CASE("parts that are no text are named, and tool calls are calls") {
    CHECK(readable(R"({"m":[{"role":"user","content":[{"type":"text","text":"look"},
             {"type":"image_url","image_url":{"url":"data:..."}},"bare",{"odd":1}]}]})") ==
          "user=look\n[image_url]\nbare\n{\"odd\":1}|");
    CHECK(readable(R"({"role":"assistant","content":null,"tool_calls":[
             {"id":"1","function":{"name":"search","arguments":"{\"q\":\"x\"}"}},
             {"name":"plain","arguments":{"a":1}}, 7]})") ==
          "assistant=calls search({\"q\":\"x\"})\ncalls plain({\"a\":1})\n7|");
  }

  TEST_CASE("strings are as they are, lists of objects one per line, the rest is JSON") {
    CHECK(readable(R"({"s":"a\tb","n":1.5,"t":true,"z":null,"o":{"b":1,"a":[2]},"l":[1,"x"],
                       "d":[{"a":1,"b":"x y"},{"c":[2]},3],"e":[]})") ==
          "s=a\tb|n=1.5|t=true|z=null|o={\"b\":1,\"a\":[2]}|l=[1,\"x\"]|"
          "d=\n- a: 1, b: x y\n- {\"c\":[2]}\n- 3|e=[]|");
  }

  TEST_CASE("keys keep their order") {
    CHECK(readable(R"({"z":1,"a":2,"m":3})") == "z=1|a=2|m=3|");
  }

  TEST_CASE("what is no object shows nothing") {
    for (const char* json : {"", "[]", "null", "\"x\"", "{", "{\"a\":\"\xff\"}"}) {
      CAPTURE(json);
      CHECK(readable(json) == "");
    }
  }

  TEST_CASE("roles of other types are ordinary keys") {
    CHECK(readable(R"({"m":[{"role":1,"content":"x"}]})") == "m=\n- role: 1, content: x|");
    CHECK(readable(R"({"m":[{"role":"user"}]})") == "m=\n- role: user|");
  }
}

}  // namespace honeyhive::cli

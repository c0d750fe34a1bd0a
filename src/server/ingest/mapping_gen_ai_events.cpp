#include <array>
#include <optional>

#include "core/json_scan.h"
#include "server/ingest/json_in_text.h"
#include "server/ingest/mapping_gen_ai.h"
#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

struct EventRole {
  std::string_view name, role;
};

constexpr auto asking = std::to_array<EventRole>({{"gen_ai.system.message", "system"},
                                                  {"gen_ai.user.message", "user"},
                                                  {"gen_ai.assistant.message", "assistant"},
                                                  {"gen_ai.tool.message", "tool"}});
constexpr std::string_view answering = "gen_ai.choice";

std::optional<std::string_view> asking_role(std::string_view name) {
  for (const EventRole& event : asking) {
    if (event.name == name) return event.role;
  }
  return std::nullopt;
}

// Members of `json` that the message does not have, if it is an object; else it is the content.
void add_body(JsonObject& message, std::string_view json) {
  const auto members = core::scan_json_object(json);
  if (!members) {
    message.add("content", std::string(json));
    return;
  }
  static constexpr auto known = std::to_array<std::string_view>(
      {"role", "content", "tool_calls", "id", "tool_call_id", "name", "finish_reason", "message"});
  for (const core::JsonMember& member : *members) {
    for (const std::string_view name : known) {
      if (member.key != name) continue;
      if (name == "message") {
        add_body(message, member.value);
      } else {
        message.add(name == "id" ? "tool_call_id" : name, std::string(member.value));
      }
    }
  }
}

// The body of the event as its attributes, or as JSON in one of them.
std::string message_of(const otlp::Attributes& attributes, std::string_view role) {
  struct Place {
    std::string_view key, name;
  };
  static constexpr Place places[] = {{"role", "role"},
                                     {"gen_ai.event.role", "role"},
                                     {"message.role", "role"},
                                     {"content", "content"},
                                     {"message.content", "content"},
                                     {"tool_calls", "tool_calls"},
                                     {"id", "tool_call_id"},
                                     {"name", "name"},
                                     {"finish_reason", "finish_reason"}};
  JsonObject message;
  for (const Place& place : places) {
    if (const otlp::AnyValue* const value = attributes.find(place.key)) {
      message.add(place.name, structured_json(*value));
    }
  }
  for (const std::string_view key : {"gen_ai.event.content", "message"}) {
    if (const otlp::AnyValue* const value = attributes.find(key)) {
      add_body(message, structured_json(*value));
    }
  }
  if (message.empty()) return {};
  message.add_text_first("role", role);
  return message.json();
}

class EventChats {
 public:
  explicit EventChats(SpanMapping& mapping) : mapping_(mapping) {}

  void add(const otlp::EventView& event) {
    if (const auto role = asking_role(event.name)) {
      add_message(asked_, event, *role);
    } else if (event.name == answering) {
      add_message(answered_, event, "assistant");
    } else if (event.name == "gen_ai.content.prompt") {  // until 1.27
      add_list(asked_, event, "gen_ai.prompt");
    } else if (event.name == "gen_ai.content.completion") {
      add_list(answered_, event, "gen_ai.completion");
    } else if (event.name == "gen_ai.client.inference.operation.details") {
      add_details(event);
    }
  }

  void put() {
    mapping_.put_chat_in(precedence::gen_ai_event + 1, std::move(asked_));
    mapping_.put_chat_out(precedence::gen_ai_event + 1, answered_);
  }

 private:
  void add_message(ChatList& list, const otlp::EventView& event, std::string_view role) {
    mapping_.mark(Convention::gen_ai);
    const std::string message = message_of(event.attributes, role);
    if (!message.empty()) list.add(message);
  }

  void add_list(ChatList& list, const otlp::EventView& event, std::string_view key) {
    mapping_.mark(Convention::gen_ai);
    const otlp::AnyValue* const value = event.attributes.find(key);
    const auto structure = value ? structure_in(*value) : std::nullopt;
    if (structure) list.add_all(*structure);
  }

  void add_details(const otlp::EventView& event) {
    ChatList asked, answered;
    if (const otlp::AnyValue* const system = event.attributes.find("gen_ai.system_instructions")) {
      const std::string json = structured_json(*system);
      const std::string content = content_of_parts(json);
      asked.add("system", content.empty() ? json : content);
    }
    add_list(asked, event, "gen_ai.input.messages");
    add_list(answered, event, "gen_ai.output.messages");
    mapping_.put_chat_in(precedence::gen_ai_event, std::move(asked));
    mapping_.put_chat_out(precedence::gen_ai_event, answered);
    if (const otlp::AnyValue* const tools = event.attributes.find("gen_ai.tool.definitions")) {
      mapping_.buckets.put_made(Bucket::config, "tools", precedence::gen_ai_event,
                                structured_json(*tools));
    }
  }

  SpanMapping& mapping_;
  ChatList asked_, answered_;
};

}  // namespace

void map_gen_ai_events(const otlp::SpanView& span, SpanMapping& mapping) {
  if (span.events.empty()) return;
  EventChats chats(mapping);
  otlp::EventView event;
  for (const std::string_view encoded : span.events) {
    otlp::read_event(encoded, event);
    if (event.name.starts_with("gen_ai.")) chats.add(event);
  }
  chats.put();
}

}  // namespace honeyhive::server

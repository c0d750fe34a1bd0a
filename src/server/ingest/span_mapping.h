#pragma once

// What the mappings of one span share while its attributes are walked. Not thread-safe; `clear`
// makes it ready for the next span.

#include <cstdint>
#include <string_view>
#include <vector>

#include "otlp/attributes.h"
#include "server/ingest/chat_messages.h"
#include "server/ingest/flat_lists.h"
#include "server/ingest/span_buckets.h"

namespace honeyhive::server {

enum class Convention : std::uint8_t { gen_ai, openinference, traceloop, vercel };

struct SpanMapping {
  SpanBuckets buckets;
  FlatLists lists;
  const otlp::KeyValue* system_instructions = nullptr;

  void mark(Convention convention) noexcept { seen_ |= bit(convention); }
  bool has(Convention convention) const noexcept { return (seen_ & bit(convention)) != 0; }

  // Messages that a model was asked with: one list wins, `inputs.chat_history`.
  void put_chat_in(Precedence precedence, ChatList list,
                   std::vector<const otlp::KeyValue*> sources = {});
  // What it answered: one message becomes the members of outputs, several `outputs.chat_history`.
  void put_chat_out(Precedence precedence, const ChatList& list,
                    const std::vector<const otlp::KeyValue*>& sources = {});

  // Lists that came in pieces, and system instructions; after the last attribute.
  void finish();
  void clear();

 private:
  struct Asked {
    Precedence precedence;
    ChatList list;
    std::vector<const otlp::KeyValue*> sources;
  };

  static constexpr unsigned bit(Convention convention) noexcept {
    return 1U << static_cast<unsigned>(convention);
  }
  void finish_lists();
  void finish_system_instructions();

  unsigned seen_ = 0;
  std::vector<Asked> asked_;
};

}  // namespace honeyhive::server

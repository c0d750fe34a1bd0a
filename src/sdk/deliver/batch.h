#pragma once

// A request in the making: pieces of the arena that together are the body, and what must be settled
// when it has been answered.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "sdk/deliver/backoff.h"
#include "sdk/deliver/collector.h"
#include "sdk/deliver/gzip.h"

namespace honeyhive::detail {
struct TracerImpl;
}

namespace honeyhive::sdk {

class Batch final : public net::BodyReader {
 public:
  enum class Kind : std::uint8_t { spans, session_start };

  static constexpr std::size_t max_spans = 512;
  static constexpr std::size_t max_bytes = 1 << 20;
  static constexpr std::chrono::seconds max_wait{1};

  Batch(honeyhive::detail::TracerImpl& batch_tracer, Kind batch_kind)
      : tracer(batch_tracer), kind(batch_kind) {}

  // Takes over a span: its length grows by `constants`, which follow it. The record stays where it
  // is, unless it has to be repaired.
  void add_span(const Record& record, std::string_view constants);

  // Takes over a record that is a whole body.
  void add_body(const Record& record);

  // All its spans get `constants` instead of those they were added with.
  void replace_constants(std::string_view before, std::string_view constants);

  // Nothing will be added: puts `prefix` in front of the pieces.
  void close(std::string prefix);

  std::uint64_t piece_bytes() const noexcept { return piece_bytes_; }
  std::uint64_t body_bytes() const noexcept { return prefix_.size() + piece_bytes_; }

  // The body is sent compressed, as it is now, until `end_compression`. False, and it is sent as it
  // is, if that makes it no smaller, or without memory.
  bool compress(Gzip& gzip) noexcept;
  bool end_compression(Gzip& gzip) noexcept;  // whether it was compressed
  std::uint64_t sent_bytes() const noexcept {
    return compressed_bytes_ > 0 ? compressed_bytes_ : body_bytes();
  }
  std::uint32_t spans() const noexcept { return spans_; }
  bool empty() const noexcept { return pieces_.empty(); }

  // Settles every record; true if chunks were given back.
  bool settle(Collector& collector) noexcept;

  std::size_t read(char* out, std::size_t capacity) noexcept override;
  void rewind() noexcept override;

  honeyhive::detail::TracerImpl& tracer;
  const Kind kind;
  std::uint64_t sequence = 0;  // order of closing, for flush
  SteadyTime due{};            // when it closes by itself
  SteadyTime oldest{};         // when its first record was collected
  SteadyTime next_attempt{};   // of this batch alone, see `failures_alone`
  Backoff::Attempt attempt{};  // the last
  SteadyTime sent{};
  int failures = 0;                        // sends in vain
  int failures_alone = 0;                  // ... while the server answered others
  int server_errors = 0;                   // answers with status 500 among them
  std::vector<std::uint64_t> alone_spans;  // ids whose `end` waits for the answer (disable_batch)

 private:
  struct Piece {
    const char* data;
    std::size_t bytes;
    bool is_constants;
  };
  // A span that had to be repaired: it carries its constants itself.
  struct Rewritten {
    std::size_t piece;
    std::string_view span;  // as it was recorded
    const char* constants;
    std::string record;
  };
  struct Use {
    OpenChunk* chunk;
    std::uint32_t records;
  };
  void reserve();
  void use(OpenChunk& chunk);
  void replace_in_rewritten(std::string_view before, std::string_view constants);
  void account_for_copies(std::size_t more) noexcept;
  void append(const char* data, std::size_t bytes, bool is_constants);
  std::string_view part(std::size_t index) const noexcept;  // 0 is the prefix

  std::string prefix_;
  std::vector<Piece> pieces_;
  std::vector<Use> uses_;
  std::deque<Rewritten> rewritten_;
  std::uint64_t piece_bytes_ = 0;
  std::size_t copied_bytes_ = 0;     // by `rewritten_`
  std::uint32_t charged_pages_ = 0;  // to the destination for them
  std::uint32_t spans_ = 0;
  Gzip::Buffer compressed_;
  std::size_t compressed_bytes_ = 0;  // 0: it is not compressed
  std::size_t read_part_ = 0;         // of pieces_.size() + 1
  std::size_t read_offset_ = 0;       // within it, or within what was compressed
};

}  // namespace honeyhive::sdk

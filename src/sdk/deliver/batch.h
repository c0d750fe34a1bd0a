#pragma once

// A request with spans in the making: pieces of the arena that together are the body, and what must
// be settled when it has been answered.

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/deliver/gzip.h"
#include "sdk/deliver/pending_request.h"

namespace honeyhive::sdk {

struct Session;

// Of a record that is a span: raw bytes.
std::uint64_t span_id_of(const Record& record) noexcept;

class Batch final : public PendingRequest {
 public:
  static constexpr std::size_t max_spans = 512;
  static constexpr std::size_t max_bytes = 1 << 20;
  static constexpr std::chrono::seconds max_wait{1};

  explicit Batch(Tracer& its_tracer) : PendingRequest(its_tracer, Kind::spans) {}

  // Takes over a span: its length grows by `constants`, which follow it and stay where they are
  // until it is settled, as its session (null: the tracer's own) does. The record stays where it
  // is, unless it has to be repaired.
  void add_span(const Record& record, std::string_view constants, Session* session = nullptr);

  // Nothing will be added: puts `prefix` in front of the pieces.
  void close(std::string prefix);

  std::uint64_t piece_bytes() const noexcept { return piece_bytes_; }
  std::uint64_t body_bytes() const noexcept override { return prefix_.size() + piece_bytes_; }

  // The body is sent compressed, as it is now, until `end_compression`. False, and it is sent as it
  // is, if that makes it no smaller, or without memory.
  bool compress(Gzip& gzip) noexcept;
  bool end_compression(Gzip& gzip) noexcept;  // whether it was compressed
  std::uint64_t sent_bytes() const noexcept override {
    return compressed_bytes_ > 0 ? compressed_bytes_ : body_bytes();
  }
  std::uint32_t spans() const noexcept override { return spans_; }
  bool may_go() const noexcept override { return true; }
  SteadyTime due() const noexcept { return oldest + max_wait; }  // when it closes by itself

  bool settle(Collector& collector) noexcept override;

  std::size_t read(char* out, std::size_t capacity) noexcept override;
  void rewind() noexcept override;

  std::vector<std::uint64_t> alone_spans;  // ids whose `end` waits for the answer (disable_batch)

 private:
  struct Use {
    OpenChunk* chunk;
    std::uint32_t records;
  };
  struct SessionUse {
    Session* session;
    std::uint32_t records;
  };
  void reserve(bool has_session);
  void use(OpenChunk& chunk);
  void use(Session& session);
  void account_for_copies(std::size_t more) noexcept;
  void append(std::string_view piece);
  std::string_view part(std::size_t index) const noexcept;  // 0 is the prefix

  std::string prefix_;
  std::vector<std::string_view> pieces_;
  std::vector<Use> uses_;
  std::vector<SessionUse> session_uses_;
  std::list<std::string> copies_;  // of spans that had to be repaired
  std::uint64_t piece_bytes_ = 0;
  std::size_t copied_bytes_ = 0;
  std::uint32_t charged_pages_ = 0;  // to the destination for them
  std::uint32_t spans_ = 0;
  Gzip::Buffer compressed_;
  std::size_t compressed_bytes_ = 0;  // 0: it is not compressed
  std::size_t read_part_ = 0;         // of pieces_.size() + 1
  std::size_t read_offset_ = 0;       // within it, or within what was compressed
};

}  // namespace honeyhive::sdk

#include "sdk/deliver/batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "otlp/encode.h"
#include "sdk/deliver/scrub.h"
#include "sdk/record/chunk.h"
#include "sdk/session.h"

namespace honeyhive::sdk {

std::uint64_t span_id_of(const Record& record) noexcept {
  // Frame, trace id (tag, length, 16 bytes), then the span id's tag and length: fixed places.
  constexpr std::size_t at = otlp::record_frame_bytes + 18 + 2;
  std::uint64_t id = 0;
  std::memcpy(&id, record.bytes + at, sizeof id);
  return id;
}

void Batch::append(std::string_view piece) {
  pieces_.push_back(piece);
  piece_bytes_ += piece.size();
}

// Room for one more record.
void Batch::reserve(bool has_session) {
  if (pieces_.capacity() - pieces_.size() < 2) pieces_.reserve(2 * pieces_.size() + 64);
  if (uses_.capacity() == uses_.size()) uses_.reserve(2 * uses_.size() + 8);
  if (has_session && session_uses_.capacity() == session_uses_.size()) {
    session_uses_.reserve(2 * session_uses_.size() + 8);
  }
}

void Batch::use(OpenChunk& chunk) {
  if (!uses_.empty() && uses_.back().chunk == &chunk) {
    ++uses_.back().records;
  } else {
    uses_.push_back({&chunk, 1});
  }
}

void Batch::use(Session& session) {
  if (!session_uses_.empty() && session_uses_.back().session == &session) {
    ++session_uses_.back().records;
  } else {
    session_uses_.push_back({&session, 1});
  }
}

void Batch::add_span(const Record& record, std::string_view constants, Session* session) {
  const auto span_bytes =
      record.header->bytes - static_cast<std::uint32_t>(otlp::record_frame_bytes);
  const std::string_view span(record.bytes + otlp::record_frame_bytes, span_bytes);
  const bool check_keys = (record.header->flags & record_flag::repeated_key) != 0;
  // What throws comes first: a span is taken whole or not at all.
  reserve(session != nullptr);
  if (!is_fit(span, constants, check_keys)) {
    const std::string& made = copies_.emplace_back(scrub(span, constants));
    append(made);
    account_for_copies(sizeof(std::string) + made.size());
  } else {
    otlp::put_record_frame(record.bytes, span_bytes + static_cast<std::uint32_t>(constants.size()));
    record.header->flags |= record_flag::finished;
    append({record.bytes, record.header->bytes});
    append(constants);
  }
  ++spans_;
  use(*record.chunk);
  if (session != nullptr) use(*session);
}

// Copies count as if they lay in the buffer: it bounds them too.
void Batch::account_for_copies(std::size_t more) noexcept {
  copied_bytes_ += more;
  const auto pages = static_cast<std::uint32_t>(copied_bytes_ / Arena::page_bytes);
  tracer.destination->charge(pages - charged_pages_);
  charged_pages_ = pages;
}

void Batch::close(std::string prefix) {
  prefix_ = std::move(prefix);
  rewind();
}

bool Batch::settle(Collector& collector) noexcept {
  bool gave_back = false;
  for (const Use& use : uses_) gave_back |= collector.settle(*use.chunk, use.records);
  uses_.clear();
  for (const SessionUse& use : session_uses_) release_session(*use.session, use.records);
  session_uses_.clear();
  tracer.destination->discharge(std::exchange(charged_pages_, 0));
  for (const std::uint64_t span_id : alone_spans) tracer.note_answered(span_id);
  return gave_back;
}

std::string_view Batch::part(std::size_t index) const noexcept {
  if (index == 0) return prefix_;
  return pieces_[index - 1];
}

// Straight from the arena. What would be as long as the body is not worth it.
bool Batch::compress(Gzip& gzip) noexcept {
  const std::size_t bytes = body_bytes();
  compressed_ = gzip.take_buffer(bytes);
  bool fits = compressed_.bytes && gzip.begin(compressed_.bytes.get(), bytes - 1);
  for (std::size_t i = 0; fits && i <= pieces_.size(); ++i)
    fits = part(i).empty() || gzip.add(part(i));
  compressed_bytes_ = fits ? gzip.finish() : 0;
  if (compressed_bytes_ == 0) gzip.give_back(std::exchange(compressed_, {}));
  rewind();
  return compressed_bytes_ > 0;
}

bool Batch::end_compression(Gzip& gzip) noexcept {
  gzip.give_back(std::exchange(compressed_, {}));
  return std::exchange(compressed_bytes_, 0) > 0;
}

std::size_t Batch::read(char* out, std::size_t capacity) noexcept {
  if (compressed_bytes_ > 0) {
    const std::size_t count = std::min(capacity, compressed_bytes_ - read_offset_);
    std::memcpy(out, compressed_.bytes.get() + read_offset_, count);
    read_offset_ += count;
    return count;
  }
  std::size_t written = 0;
  while (written < capacity && read_part_ <= pieces_.size()) {
    const std::string_view from = part(read_part_);
    const std::size_t count = std::min(capacity - written, from.size() - read_offset_);
    std::memcpy(out + written, from.data() + read_offset_, count);
    written += count;
    read_offset_ += count;
    if (read_offset_ == from.size()) {
      ++read_part_;
      read_offset_ = 0;
    }
  }
  return written;
}

void Batch::rewind() noexcept {
  read_part_ = 0;
  read_offset_ = 0;
}

}  // namespace honeyhive::sdk

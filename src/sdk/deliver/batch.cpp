#include "sdk/deliver/batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "otlp/encode.h"
#include "sdk/deliver/scrub.h"
#include "sdk/record/chunk.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

void Batch::append(const char* data, std::size_t bytes, bool is_constants) {
  pieces_.push_back({data, bytes, is_constants});
  piece_bytes_ += bytes;
}

// Room for one more record.
void Batch::reserve() {
  if (pieces_.capacity() - pieces_.size() < 2) pieces_.reserve(2 * pieces_.size() + 64);
  if (uses_.capacity() == uses_.size()) uses_.reserve(2 * uses_.size() + 8);
}

void Batch::use(OpenChunk& chunk) {
  if (!uses_.empty() && uses_.back().chunk == &chunk) {
    ++uses_.back().records;
  } else {
    uses_.push_back({&chunk, 1});
  }
}

void Batch::add_span(const Record& record, std::string_view constants) {
  const auto span_bytes =
      record.header->bytes - static_cast<std::uint32_t>(otlp::record_frame_bytes);
  const std::string_view span(record.bytes + otlp::record_frame_bytes, span_bytes);
  const bool check_keys = (record.header->flags & record_flag::repeated_key) != 0;
  reserve();  // what throws comes first: a span is taken whole or not at all
  if (!is_fit(span, constants, check_keys)) {
    std::string repaired = scrub(span, constants);
    const Rewritten& made = rewritten_.emplace_back(
        Rewritten{pieces_.size(), span, constants.data(), std::move(repaired)});
    append(made.record.data(), made.record.size(), false);
    account_for_copies(sizeof(Rewritten) + made.record.size());
  } else {
    otlp::put_record_frame(record.bytes, span_bytes + static_cast<std::uint32_t>(constants.size()));
    record.header->flags |= record_flag::finished;
    append(record.bytes, record.header->bytes, false);
    append(constants.data(), constants.size(), true);
  }
  ++spans_;
  use(*record.chunk);
}

// Copies count as if they lay in the buffer: it bounds them too.
void Batch::account_for_copies(std::size_t more) noexcept {
  copied_bytes_ += more;
  const auto pages = static_cast<std::uint32_t>(copied_bytes_ / Arena::page_bytes);
  tracer.destination->charge(pages - charged_pages_);
  charged_pages_ = pages;
}

void Batch::add_body(const Record& record) {
  reserve();
  use(*record.chunk);
  append(record.bytes, record.header->bytes, false);
}

void Batch::replace_constants(std::string_view before, std::string_view constants) {
  replace_in_rewritten(before, constants);
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    if (!piece.is_constants || piece.data != before.data()) continue;
    // The span in front of it lies in the arena, which is ours to write until it is settled.
    char* const record = const_cast<char*>(pieces_[i - 1].data);
    const auto own = otlp::record_span_bytes(record) - static_cast<std::uint32_t>(piece.bytes);
    otlp::put_record_frame(record, own + static_cast<std::uint32_t>(constants.size()));
    piece_bytes_ += constants.size() - piece.bytes;
    piece.data = constants.data();
    piece.bytes = constants.size();
  }
}

void Batch::replace_in_rewritten(std::string_view before, std::string_view constants) {
  for (Rewritten& made : rewritten_) {
    if (made.constants != before.data()) continue;
    made.record = scrub(made.span, constants);
    made.constants = constants.data();
    Piece& piece = pieces_[made.piece];
    piece_bytes_ += made.record.size() - piece.bytes;
    piece = {made.record.data(), made.record.size(), false};
  }
}

void Batch::close(std::string prefix) {
  prefix_ = std::move(prefix);
  rewind();
}

bool Batch::settle(Collector& collector) noexcept {
  bool gave_back = false;
  for (const Use& use : uses_) gave_back |= collector.settle(*use.chunk, use.records);
  uses_.clear();
  tracer.destination->discharge(std::exchange(charged_pages_, 0));
  return gave_back;
}

std::string_view Batch::part(std::size_t index) const noexcept {
  if (index == 0) return prefix_;
  return {pieces_[index - 1].data, pieces_[index - 1].bytes};
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

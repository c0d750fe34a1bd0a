#include "sdk/deliver/collector.h"

#include <algorithm>

namespace honeyhive::sdk {
namespace {

constexpr std::chrono::milliseconds idle_time{100};

}  // namespace

bool Collector::collect(SteadyTime now, const std::function<bool(const Record&)>& take) {
  destination_.note_seen();
  list_new_chunks(now);  // what was left by a call that ran out of memory
  new_chunks_ = destination_.take_new_chunks();
  list_new_chunks(now);
  bool gave_back = false;
  for (auto at = chunks_.begin(); at != chunks_.end();) {
    const auto chunk = at++;
    const bool more = read(*chunk, now, take);
    gave_back |= give_back_if_done(chunk);
    if (!more) break;
  }
  return gave_back;
}

void Collector::list_new_chunks(SteadyTime now) {
  while (new_chunks_ != nullptr) {
    const auto word =
        ChunkWord::unpack(destination_.word_of(new_chunks_).load(std::memory_order_acquire));
    chunks_.push_back({.chunk = new_chunks_, .lease = word.lease, .last_progress = now});
    new_chunks_ = destination_.next_chunk(new_chunks_);
  }
}

bool Collector::read(OpenChunk& open, SteadyTime now,
                     const std::function<bool(const Record&)>& take) {
  const auto word =
      ChunkWord::unpack(destination_.word_of(open.chunk).load(std::memory_order_acquire));
  open.sealed = word.state == ChunkState::sealed;
  if (open.read < word.used) open.last_progress = now;
  while (open.read < word.used) {
    char* const at = reinterpret_cast<char*>(open.chunk) + open.read;
    auto* const header = reinterpret_cast<RecordHeader*>(at);
    const std::uint32_t space = record_space(header->bytes);
    ++open.unsettled;  // before: `take` may settle it at once
    bool taken = false;
    try {
      taken = take({header, at + sizeof(RecordHeader), &open});
    } catch (...) {
      --open.unsettled;
      throw;
    }
    if (!taken) {
      --open.unsettled;
      return false;
    }
    open.read += space;
  }
  return true;
}

bool Collector::give_back_if_done(Chunks::iterator open) noexcept {
  if (!open->sealed || open->unsettled > 0) return false;
  const auto word =
      ChunkWord::unpack(destination_.word_of(open->chunk).load(std::memory_order_relaxed));
  if (open->read != word.used) return false;
  destination_.release(open->chunk);
  chunks_.erase(open);
  return true;
}

bool Collector::settle(OpenChunk& open, std::uint32_t count) noexcept {
  open.unsettled -= count;
  if (!open.sealed || open.unsettled > 0) return false;
  const auto found = std::find_if(chunks_.begin(), chunks_.end(),
                                  [&](const OpenChunk& chunk) { return &chunk == &open; });
  return found != chunks_.end() && give_back_if_done(found);
}

bool Collector::take_back_idle(SteadyTime now) noexcept {
  bool gave_back = false;
  for (auto at = chunks_.begin(); at != chunks_.end();) {
    const auto open = at++;
    if (open->sealed || now - open->last_progress < idle_time) continue;
    auto word =
        ChunkWord::unpack(destination_.word_of(open->chunk).load(std::memory_order_acquire));
    if (word.state != ChunkState::leased || word.used != open->read) continue;
    std::uint64_t expected = word.pack();
    word.state = ChunkState::sealed;
    if (!destination_.word_of(open->chunk)
             .compare_exchange_strong(expected, word.pack(), std::memory_order_acq_rel)) {
      continue;  // its thread has just come back
    }
    open->sealed = true;
    gave_back |= give_back_if_done(open);
  }
  return gave_back;
}

SteadyTime Collector::next_take_back() const noexcept {
  SteadyTime next = SteadyTime::max();
  for (const OpenChunk& open : chunks_) {
    if (!open.sealed) next = std::min(next, open.last_progress + idle_time);
  }
  return next;
}

}  // namespace honeyhive::sdk

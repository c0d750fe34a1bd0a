#include "sdk/session.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/immortal.h"
#include "core/limits.h"
#include "core/uuid.h"

namespace honeyhive::sdk {
namespace {

// Slots are read by the worker for every span, and change when a session comes or goes.
struct Table {
  static constexpr std::uint32_t block_slots = 1024;
  static constexpr std::uint32_t blocks = core::limits::sessions_alive / block_slots;
  using Block = std::array<std::atomic<Session*>, block_slots>;

  std::array<std::atomic<Block*>, blocks> block{};
  std::mutex mutex;  // of what follows, and of changes of the above
  std::vector<std::uint32_t> free;
  std::unordered_multimap<std::string_view, Session*> by_id;  // those that were created
  std::uint32_t next = 1;                                     // 0 is the tracer's own

  std::mutex outcome_mutex;
  std::condition_variable settled;

  std::atomic<Session*>& at(std::uint32_t slot) {
    return (*block[slot / block_slots].load(std::memory_order_acquire))[slot % block_slots];
  }

  // What throws comes first.
  bool add(Session& session) {
    const std::scoped_lock lock(mutex);
    const std::uint32_t slot = free.empty() ? next : free.back();
    if (slot == core::limits::sessions_alive) return false;
    // So that a release needs no memory.
    if (free.capacity() <= next) free.reserve(std::size_t{2} * next);
    auto& its_block = block[slot / block_slots];
    if (its_block.load(std::memory_order_relaxed) == nullptr) {
      its_block.store(new Block{}, std::memory_order_release);
    }
    if (session.is_created) by_id.emplace(session.text.id, &session);
    free.empty() ? void(++next) : free.pop_back();
    session.slot = slot;
    at(slot).store(&session, std::memory_order_release);
    return true;
  }

  // Null if the last reference to it is just going.
  Session* find(const Session::Tracer& tracer, std::string_view id) {
    const std::scoped_lock lock(mutex);
    const auto [first, last] = by_id.equal_range(id);
    for (auto at = first; at != last; ++at) {
      Session& session = *at->second;
      if (&session.tracer != &tracer) continue;
      std::uint32_t count = session.references.load(std::memory_order_relaxed);
      while (count != 0 && !session.references.compare_exchange_weak(count, count + 1)) {
      }
      if (count != 0) return &session;
    }
    return nullptr;
  }

  void remove(const Session& session) {
    const std::scoped_lock lock(mutex);
    const auto [first, last] = by_id.equal_range(session.text.id);
    const auto known =
        std::find_if(first, last, [&](const auto& other) { return other.second == &session; });
    if (known != last) by_id.erase(known);
    at(session.slot).store(nullptr, std::memory_order_relaxed);
    free.push_back(session.slot);
  }
};

Table& table() { return core::immortal<Table>(); }

}  // namespace

Session::Session(Tracer& its_tracer, SessionText its_text, bool has_start)
    : SessionCore(its_tracer), text(std::move(its_text)), is_created(has_start) {
  gate.tracer = &its_tracer;
  gate.session = this;
  if (!is_created) return;
  gate.passage = Gate::Passage::closed;
  gate.awaits_start = true;
  gate.is_patient = core::Uuid::parse(text.id).has_value();
}

std::string_view Session::constants(std::size_t event_type, bool ahead) {
  const auto& its_tracer = static_cast<const Tracer&>(tracer);
  std::unique_ptr<Tracer::Constants>& all = constants_[ahead ? 1 : 0];
  if (all == nullptr) all = std::make_unique<Tracer::Constants>();
  std::string& made = (*all)[event_type];
  if (made.empty()) {
    const std::string_view source =
        text.source.empty() ? std::string_view(its_tracer.settings.source.value) : text.source;
    made = its_tracer.make_constants({wire_id(), text.name, source}, event_type, ahead);
  }
  return made;
}

Session* make_session(Session::Tracer& tracer, SessionText text, bool is_created) noexcept {
  try {
    auto made = std::make_unique<Session>(tracer, std::move(text), is_created);
    if (!table().add(*made)) return nullptr;
    tracer.holders.fetch_add(1, std::memory_order_relaxed);
    return made.release();
  } catch (...) {
    return nullptr;
  }
}

void release_session(SessionCore& session, std::uint32_t count) noexcept {
  if (session.references.fetch_sub(count, std::memory_order_acq_rel) != count) return;
  auto& gone = static_cast<Session&>(session);
  TracerCore& tracer = gone.tracer;
  table().remove(gone);
  delete &gone;
  tracer.holders.fetch_sub(1, std::memory_order_release);
}

Session* find_session(const Session::Tracer& tracer, std::string_view id) noexcept {
  return table().find(tracer, id);
}

Session* session_at(std::uint32_t slot) noexcept {
  return slot == 0 ? nullptr : table().at(slot).load(std::memory_order_acquire);
}

void settle_session(Session& session, Session::Outcome outcome) noexcept {
  {
    const std::scoped_lock lock(table().outcome_mutex);
    session.outcome.store(outcome, std::memory_order_release);
  }
  table().settled.notify_all();
}

Session::Outcome wait_for_session(Session& session, std::chrono::milliseconds longest) noexcept {
  std::unique_lock lock(table().outcome_mutex);
  table().settled.wait_for(lock, longest, [&] {
    return session.outcome.load(std::memory_order_acquire) != Session::Outcome::pending;
  });
  return session.outcome.load(std::memory_order_acquire);
}

void lock_sessions_for_fork() noexcept { table().mutex.lock(); }

void unlock_sessions_after_fork() noexcept { table().mutex.unlock(); }

}  // namespace honeyhive::sdk

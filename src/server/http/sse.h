#pragma once

// Server-sent events: one hub, up to 64 subscribers, nobody waits for anybody.
//
// The publisher (the store's committer) takes a short lock and never waits for a reader. A
// subscriber that falls behind loses its oldest events and is told so by a `gap` event with their
// number. The hub keeps the latest events, so that a reader who comes back with Last-Event-ID
// continues where it was, or gets a `gap` if that is gone. Thread-safe.
//
// Source: WHATWG HTML, section 9.2 "Server-sent events".

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"

namespace honeyhive::server {

class EventHub;

// One reader's place in the stream.
class Subscription {
 public:
  ~Subscription();

  // Everything that waits, as text for the wire. After an empty answer the next event calls
  // `on_ready` once.
  std::string take();

  // Called from the publisher's thread; must not block. Set before the first `take`.
  void on_ready(std::function<void()> ready);

  // The hub was closed: what `take` returns is the last.
  bool is_closed() const;

 private:
  friend class EventHub;
  struct Item;
  struct Shared;
  Subscription() = default;
  void push(const std::shared_ptr<const Item>& item);  // with `mutex_` held, or not shared yet
  void wake();                                         // with `mutex_` held

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Item>> waiting_;
  std::function<void()> ready_;
  std::string topic_;  // empty: all
  std::size_t waiting_bytes_ = 0;
  std::uint64_t missed_ = 0;  // since the last `take`
  bool must_tell_gap_ = false;
  bool is_idle_ = false;
  bool closed_ = false;
  std::shared_ptr<Shared> hub_;
};

struct HubOptions {
  std::size_t subscribers = core::limits::tail_subscribers;
  std::size_t events_per_subscriber = 1024;
  std::size_t bytes_per_subscriber = 4u << 20;  // of text, which readers share
  std::size_t events_kept = 1024;               // for those who come back
  std::size_t bytes_kept = 4u << 20;            // the same, in bytes of text
  std::uint64_t epoch = 0;  // makes ids of this run unlike those of earlier runs
};

struct HubStats {
  std::uint64_t subscribers = 0;  // now
  std::uint64_t published = 0;
  std::uint64_t gaps = 0;    // `gap` events written
  std::uint64_t missed = 0;  // events that subscribers were told they missed
};

class EventHub {
 public:
  explicit EventHub(const HubOptions& options = {});
  ~EventHub();

  // Whether anybody reads, or did and may come back: if not, there is no need to make the text.
  bool is_watched() const noexcept;

  // `data` of an event `name`; only subscribers to all topics or to `topic` see it.
  void publish(std::string_view name, std::string_view topic, std::string_view data);

  // Null if all places are taken or the hub is closed. `topic` empty: everything.
  // `last_event_id`: as the client sent it, or empty to start with the next event.
  std::shared_ptr<Subscription> subscribe(std::string_view topic, std::string_view last_event_id);

  HubStats stats() const;

  // Ends all streams; later calls do nothing. Idempotent.
  void close();

 private:
  std::shared_ptr<Subscription::Shared> shared_;
};

}  // namespace honeyhive::server

#include "server/http/sse.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <utility>

namespace honeyhive::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto return_window = std::chrono::minutes(2);  // how long a lost reader may come back

// One field per line: text with line breaks becomes several `data` lines, as the format wants.
void append_data(std::string& out, std::string_view data) {
  while (true) {
    const std::size_t end = std::min(data.find_first_of("\r\n"), data.size());
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == data.size()) return;
    data.remove_prefix(end + 1);
  }
}

std::string id_text(std::uint64_t epoch, std::uint64_t number) {
  return std::to_string(epoch) + "-" + std::to_string(number);
}

bool parse_number(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

struct Subscription::Item {
  std::uint64_t number;
  std::string topic;
  std::string text;  // for the wire
};

// What hub and subscriptions share; it outlives the hub while a connection still holds a place.
// Lock order: this mutex, then a subscription's.
struct Subscription::Shared {
  explicit Shared(const HubOptions& hub_options) : options(hub_options) {}

  const HubOptions options;
  mutable std::mutex mutex;
  std::deque<std::shared_ptr<const Item>> kept;
  std::size_t kept_bytes = 0;
  std::uint64_t last = 0;
  std::vector<std::weak_ptr<Subscription>> subscribers;
  bool is_closed = false;
  std::atomic<std::uint64_t> places{0};  // taken
  std::atomic<Clock::rep> last_leave{(Clock::now() - return_window).time_since_epoch().count()};
  std::atomic<std::uint64_t> gaps{0};
  std::atomic<std::uint64_t> missed{0};

  void keep(std::shared_ptr<const Item> item) {
    kept_bytes += item->text.size();
    kept.push_back(std::move(item));
    while (kept.size() > options.events_kept || kept_bytes > options.bytes_kept) {
      kept_bytes -= kept.front()->text.size();
      kept.pop_front();
    }
  }

  // Fills a new subscription with what came after `id`; tells a gap if that is not all there.
  void resume(Subscription& subscription, std::string_view id) const {
    const std::size_t dash = std::min(id.find('-'), id.size());
    std::uint64_t epoch = 0;
    std::uint64_t seen = 0;
    const bool is_ours = parse_number(id.substr(0, dash), epoch) && epoch == options.epoch &&
                         parse_number(id.substr(std::min(id.size(), dash + 1)), seen) &&
                         seen <= last;
    const std::uint64_t oldest = last - kept.size() + 1;
    subscription.must_tell_gap_ = !is_ours || seen + 1 < oldest;
    if (!is_ours) return;
    for (const auto& item : kept) {
      if (item->number > seen) subscription.push(item);
    }
  }
};

Subscription::~Subscription() {
  if (!hub_) return;
  hub_->last_leave.store(Clock::now().time_since_epoch().count());
  hub_->places.fetch_sub(1);
}

void Subscription::push(const std::shared_ptr<const Item>& item) {
  if (!topic_.empty() && item->topic != topic_) return;
  waiting_.push_back(item);
  waiting_bytes_ += item->text.size();
  while (waiting_.size() > hub_->options.events_per_subscriber ||
         waiting_bytes_ > hub_->options.bytes_per_subscriber) {
    waiting_bytes_ -= waiting_.front()->text.size();
    waiting_.pop_front();
    ++missed_;
    must_tell_gap_ = true;
  }
}

std::string Subscription::take() {
  std::string out;
  const std::scoped_lock lock(mutex_);
  if (must_tell_gap_) {
    out.append("event: gap\ndata: {\"missed\":");
    out.append(missed_ == 0 ? "null" : std::to_string(missed_)).append("}\n\n");
    hub_->gaps.fetch_add(1, std::memory_order_relaxed);
    hub_->missed.fetch_add(missed_, std::memory_order_relaxed);
    missed_ = 0;
    must_tell_gap_ = false;
  }
  for (const auto& item : waiting_) out += item->text;
  waiting_.clear();
  waiting_bytes_ = 0;
  is_idle_ = out.empty();
  return out;
}

void Subscription::on_ready(std::function<void()> ready) {
  const std::scoped_lock lock(mutex_);
  ready_ = std::move(ready);
}

bool Subscription::is_closed() const {
  const std::scoped_lock lock(mutex_);
  return closed_;
}

EventHub::EventHub(const HubOptions& options)
    : shared_(std::make_shared<Subscription::Shared>(options)) {}

EventHub::~EventHub() { close(); }

bool EventHub::is_watched() const noexcept {
  const Clock::time_point left{Clock::duration(shared_->last_leave.load())};
  return shared_->places.load() > 0 || Clock::now() - left < return_window;
}

void EventHub::publish(std::string_view name, std::string_view topic, std::string_view data) {
  auto item = std::make_shared<Subscription::Item>();
  item->topic = topic;
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->is_closed) return;
  item->number = ++shared_->last;
  item->text.append("id: ").append(id_text(shared_->options.epoch, item->number));
  item->text.append("\nevent: ").append(name).append("\n");
  append_data(item->text, data);
  item->text += '\n';
  shared_->keep(item);
  for (const auto& weak : shared_->subscribers) {
    const auto subscription = weak.lock();
    if (!subscription) continue;
    const std::scoped_lock its_lock(subscription->mutex_);
    subscription->push(item);
    if (!subscription->waiting_.empty() || subscription->must_tell_gap_) subscription->wake();
  }
}

void Subscription::wake() {
  if (std::exchange(is_idle_, false) && ready_) ready_();
}

std::shared_ptr<Subscription> EventHub::subscribe(std::string_view topic,
                                                  std::string_view last_event_id) {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->is_closed || shared_->places.load() >= shared_->options.subscribers) return {};
  std::shared_ptr<Subscription> subscription(new Subscription());
  subscription->hub_ = shared_;
  subscription->topic_ = topic;
  shared_->places.fetch_add(1);
  if (!last_event_id.empty()) shared_->resume(*subscription, last_event_id);
  std::erase_if(shared_->subscribers, [](const auto& weak) { return weak.expired(); });
  shared_->subscribers.push_back(subscription);
  return subscription;
}

HubStats EventHub::stats() const {
  const std::scoped_lock lock(shared_->mutex);
  return {shared_->places.load(), shared_->last, shared_->gaps.load(), shared_->missed.load()};
}

void EventHub::close() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->is_closed = true;
  for (const auto& weak : shared_->subscribers) {
    const auto subscription = weak.lock();
    if (!subscription) continue;
    const std::scoped_lock its_lock(subscription->mutex_);
    subscription->closed_ = true;
    subscription->wake();
  }
}

}  // namespace honeyhive::server

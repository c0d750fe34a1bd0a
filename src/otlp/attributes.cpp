#include "otlp/attributes.h"

#include <algorithm>
#include <numeric>

#include "core/limits.h"

namespace honeyhive::otlp {
namespace {

// The later of two entries of one key, in the place of the first. Counts what is lost where the
// keys are one only because they were cut.
void replace(KeyValue& entry, const KeyValue& later, std::uint64_t& dropped) {
  if (entry.sent_key() != later.sent_key()) ++dropped;
  entry = later;
}

void keep_last_of_few(std::vector<KeyValue>& items, std::uint64_t& dropped) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t j = i + 1; j < items.size();) {
      if (items[j].key == items[i].key) {
        replace(items[i], items[j], dropped);
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(j));
      } else {
        ++j;
      }
    }
  }
}

// Sorts instead of hashing: a stranger chooses the keys.
void keep_last_of_many(std::vector<KeyValue>& items, std::uint64_t& dropped) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].key < items[b].key; });
  std::vector<bool> repeated(items.size());
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    KeyValue& first = items[order[from]];
    for (to = from + 1; to < order.size() && items[order[to]].key == first.key; ++to) {
      replace(first, items[order[to]], dropped);
      repeated[order[to]] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!repeated[i]) items[kept++] = items[i];
  }
  items.resize(kept);
}

}  // namespace

const AnyValue* Attributes::find(std::string_view key) const noexcept {
  for (const KeyValue& item : items) {
    if (item.key == key) return &item.value;
  }
  return nullptr;
}

std::string_view Attributes::text(std::string_view key) const noexcept {
  const AnyValue* const value = find(key);
  return value != nullptr && value->kind == AnyValue::Kind::string ? value->text
                                                                   : std::string_view{};
}

void Attributes::add(const KeyValue& entry) {
  if (entry.key.empty() || items.size() >= core::limits::attributes_per_list) {
    ++dropped;
  } else {
    items.push_back(entry);
  }
}

void Attributes::keep_last() {
  constexpr std::size_t few = 24;
  if (items.size() <= few) {
    keep_last_of_few(items, dropped);
  } else {
    keep_last_of_many(items, dropped);
  }
}

void Attributes::clear() noexcept {
  items.clear();
  dropped = 0;
  dropped_by_sender = 0;
}

}  // namespace honeyhive::otlp

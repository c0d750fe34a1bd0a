#include "otlp/attributes.h"

#include "core/keep_last.h"
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

void keep_last_of_many(std::vector<KeyValue>& items, std::uint64_t& dropped) {
  core::keep_last_of_each_key(
      items, [&](KeyValue& first, const KeyValue& later) { replace(first, later, dropped); });
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

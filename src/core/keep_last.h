#pragma once

// Repeated keys: the last value of each, where its first one stood. Sorts instead of hashing: a
// stranger chooses the keys.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace honeyhive::core {

// Of items with a `key`. `replace(first, later)` is called for each repetition, in order.
template <typename Item, typename Replace>
void keep_last_of_each_key(std::vector<Item>& items, Replace replace) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].key < items[b].key; });
  std::vector<bool> is_repeated(items.size());
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    Item& first = items[order[from]];
    for (to = from + 1; to < order.size() && items[order[to]].key == first.key; ++to) {
      replace(first, items[order[to]]);
      is_repeated[order[to]] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (is_repeated[i]) continue;
    if (kept != i) items[kept] = std::move(items[i]);
    ++kept;
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(kept), items.end());
}

}  // namespace honeyhive::core

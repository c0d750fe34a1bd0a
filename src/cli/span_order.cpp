#include "cli/span_order.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace honeyhive::cli {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

class Forest {
 public:
  explicit Forest(const std::vector<const ShownSpan*>& spans)
      : spans_(spans), parents_(spans.size(), none), children_(spans.size()) {
    std::stable_sort(spans_.begin(), spans_.end(),
                     [](const ShownSpan* left, const ShownSpan* right) {
                       return left->start_ns < right->start_ns;
                     });
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      if (!spans_[i]->span_id.empty()) by_span_id_.emplace(spans_[i]->span_id, i);
      if (!spans_[i]->event_id.empty()) by_event_id_.emplace(spans_[i]->event_id, i);
    }
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      parents_[i] = parent_of(*spans_[i]);
      if (parents_[i] == i) parents_[i] = none;
      if (parents_[i] != none) children_[parents_[i]].push_back(i);
    }
  }

  std::vector<PlacedSpan> placed() {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      if (parents_[i] == none) place_below(i);
    }
    // What is left hangs on loops: each is entered where it starts first.
    for (std::size_t i = 0; i < spans_.size(); ++i) place_below(i);
    return std::move(placed_);
  }

 private:
  std::size_t parent_of(const ShownSpan& span) const {
    const bool has_span_parent = !span.parent_span_id.empty();
    const auto& index = has_span_parent ? by_span_id_ : by_event_id_;
    const auto found = index.find(has_span_parent ? span.parent_span_id : span.parent_id);
    return found == index.end() ? none : found->second;
  }

  // A span that names itself has no parent, but does not miss one.
  bool is_orphan(std::size_t i) const {
    const ShownSpan& span = *spans_[i];
    return parents_[i] == none && !span.parent_span_id.empty() &&
           span.parent_span_id != span.span_id;
  }

  void place_below(std::size_t root) {
    struct Waiting {
      std::size_t index, depth;
      bool is_last;
    };
    std::vector<Waiting> stack = {{root, 0, true}};
    while (!stack.empty()) {
      const Waiting next = stack.back();
      stack.pop_back();
      if (is_placed_[next.index]) continue;
      is_placed_[next.index] = true;
      const ShownSpan& span = *spans_[next.index];
      const auto& children = children_[next.index];
      const bool has_new_children = std::any_of(
          children.begin(), children.end(), [&](std::size_t child) { return !is_placed_[child]; });
      placed_.push_back({&span, next.depth, next.is_last, has_new_children, is_orphan(next.index)});
      for (std::size_t i = children.size(); i-- > 0;) {
        stack.push_back({children[i], next.depth + 1, i + 1 == children.size()});
      }
    }
  }

  std::vector<const ShownSpan*> spans_;
  std::vector<std::size_t> parents_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<bool> is_placed_ = std::vector<bool>(spans_.size());
  std::map<std::string_view, std::size_t> by_span_id_;  // no hashes: strangers choose the ids
  std::map<std::string_view, std::size_t> by_event_id_;
  std::vector<PlacedSpan> placed_;
};

}  // namespace

std::vector<PlacedSpan> placed_in_tree(const std::vector<const ShownSpan*>& spans) {
  return Forest(spans).placed();
}

}  // namespace honeyhive::cli

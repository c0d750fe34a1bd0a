#include "cli/span_order.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace honeyhive::cli {
namespace {

struct Item {
  const char* id;
  const char* parent;
  std::int64_t start = 0;
};

// "a(b(c)d)": the order and the nesting; "?" marks orphans.
std::string tree(const std::vector<Item>& items) {
  std::vector<ShownSpan> spans(items.size());
  std::vector<const ShownSpan*> pointers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    spans[i].span_id = spans[i].name = items[i].id;
    spans[i].parent_span_id = items[i].parent;
    spans[i].start_ns = items[i].start;
    pointers.push_back(&spans[i]);
  }
  std::string out;
  std::size_t depth = 0;
  for (const PlacedSpan& placed : placed_in_tree(pointers)) {
    if (placed.depth > depth) out += '(';
    for (; depth > placed.depth; --depth) out += ')';
    depth = placed.depth;
    out += placed.span->name + (placed.is_orphan ? "?" : "");
  }
  return out.append(depth, ')');
}

}  // namespace

TEST_SUITE("cli/span_order") {
  TEST_CASE("parents come before children, siblings by start, whatever the order of arrival") {
    CHECK(tree({}) == "");
    CHECK(tree({{"c", "b", 3}, {"d", "a", 4}, {"a", "", 1}, {"b", "a", 2}}) == "a(b(c)d)");
    CHECK(tree({{"late", "a", 9}, {"early", "a", 2}, {"a", "", 1}}) == "a(earlylate)");
    CHECK(tree({{"second", "", 5}, {"first", "", 4}}) == "firstsecond");
  }

  TEST_CASE("a span whose parent is not there is a root, and is known as an orphan") {
    CHECK(tree({{"a", "", 1}, {"x", "gone", 2}, {"y", "x", 3}}) == "ax?(y)");
  }

  TEST_CASE("loops are entered where they start, and every span is shown once") {
    CHECK(tree({{"a", "a", 1}}) == "a");
    CHECK(tree({{"a", "b", 1}, {"b", "a", 2}}) == "a(b)");
    CHECK(tree({{"r", "", 9}, {"a", "c", 1}, {"b", "a", 2}, {"c", "b", 3}}) == "ra(b(c))");
  }

  TEST_CASE("of equal ids the first is the parent") {
    CHECK(tree({{"a", "", 1}, {"a", "", 2}, {"b", "a", 3}}) == "a(b)a");
  }

  TEST_CASE("events without span ids hang on event ids") {
    ShownSpan parent, child;
    parent.event_id = "e1";
    child.event_id = "e2";
    child.parent_id = "e1";
    const auto placed = placed_in_tree({&child, &parent});
    REQUIRE(placed.size() == 2);
    CHECK(placed[0].span == &parent);
    CHECK(placed[0].has_children);
    CHECK(placed[1].depth == 1);
    CHECK_FALSE(placed[1].is_orphan);
  }

  TEST_CASE("the last of the siblings is known") {
    ShownSpan root, first, last;
    root.span_id = "r";
    first.parent_span_id = last.parent_span_id = "r";
    last.start_ns = 5;
    const auto placed = placed_in_tree({&root, &first, &last});
    CHECK_FALSE(placed[1].is_last);
    CHECK(placed[2].is_last);
  }

  TEST_CASE("a chain of 100,000 spans is placed without recursion") {
    std::vector<ShownSpan> spans(100'000);
    std::vector<const ShownSpan*> pointers;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      spans[i].span_id = std::to_string(i);
      if (i > 0) spans[i].parent_span_id = std::to_string(i - 1);
      pointers.push_back(&spans[i]);
    }
    const auto placed = placed_in_tree(pointers);
    REQUIRE(placed.size() == spans.size());
    CHECK(placed.back().depth == spans.size() - 1);
  }
}

}  // namespace honeyhive::cli

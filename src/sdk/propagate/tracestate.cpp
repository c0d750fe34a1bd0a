#include "sdk/propagate/tracestate.h"

#include <algorithm>
#include <cstring>

#include "sdk/propagate/header_list.h"

namespace honeyhive::sdk {
namespace {

namespace limits = core::limits;

constexpr std::size_t key_bytes = 256, value_bytes = 256;  // of the format
constexpr std::size_t long_member_bytes = 128;             // longer ones are left out first

bool starts_key(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool continues_key(char c) noexcept {
  return starts_key(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
}

bool is_in_value(char c) noexcept { return c >= ' ' && c <= '~' && c != '='; }

std::string_view key_of(std::string_view member) noexcept {
  return member.substr(0, member.find('='));
}

// Of a member without white space around it, and hence without a space at its value's end.
bool is_valid(std::string_view member) noexcept {
  const std::string_view key = key_of(member);
  if (key.empty() || key.size() > key_bytes || key.size() == member.size()) return false;
  if (!starts_key(key.front()) || !std::all_of(key.begin(), key.end(), continues_key)) return false;
  const std::string_view value = member.substr(key.size() + 1);
  return !value.empty() && value.size() <= value_bytes &&
         std::all_of(value.begin(), value.end(), is_in_value);
}

struct Members {
  std::array<std::string_view, limits::tracestate_members> list;
  std::size_t count = 0;

  const std::string_view* begin() const noexcept { return list.data(); }
  const std::string_view* end() const noexcept { return list.data() + count; }

  bool has_key(std::string_view key) const noexcept {
    return std::any_of(begin(), end(),
                       [&](std::string_view member) { return key_of(member) == key; });
  }

  std::size_t joined_bytes() const noexcept {
    std::size_t bytes = count == 0 ? 0 : count - 1;
    for (const std::string_view member : *this) bytes += member.size();
    return bytes;
  }

  // From the end, those of more than `bytes`, until the list fits.
  void drop_longer_than(std::size_t bytes) noexcept {
    for (std::size_t i = count; i-- > 0 && joined_bytes() > limits::tracestate_bytes;) {
      if (list[i].size() <= bytes) continue;
      std::copy(list.data() + i + 1, list.data() + count, list.data() + i);
      --count;
    }
  }
};

}  // namespace

void TraceState::append(std::string_view member) noexcept {
  if (!empty()) bytes_[size_++] = ',';
  std::memcpy(bytes_.data() + size_, member.data(), member.size());
  size_ += member.size();
}

std::optional<TraceState> parse_tracestate(std::span<const std::string_view> lines) noexcept {
  Members members;
  std::size_t received = 0;
  const bool is_whole = for_each_list_member(lines, [&](std::string_view member) {
    if (++received > limits::tracestate_members || !is_valid(member)) return false;
    if (!members.has_key(key_of(member))) members.list[members.count++] = member;
    return true;
  });
  if (!is_whole) return std::nullopt;
  members.drop_longer_than(long_member_bytes);
  members.drop_longer_than(0);
  TraceState state;
  for (const std::string_view member : members) state.append(member);
  return state;
}

}  // namespace honeyhive::sdk

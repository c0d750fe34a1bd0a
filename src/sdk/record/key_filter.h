#pragma once

// Tells for certain that no key of a span comes twice, so that the worker need not look: a Bloom
// filter of 256 bits with one hash.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace honeyhive::sdk {

class KeyFilter {
 public:
  // True: `key` may have been added before.
  bool add(std::string_view key) noexcept { return add(hash(key)); }
  bool add(std::uint64_t hash) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (hash >> 58);
    std::uint64_t& word = words_[hash >> 56 & 3];
    const bool seen = (word & bit) != 0;
    word |= bit;
    return seen;
  }

  // False: it was certainly not.
  bool may_hold(std::string_view key) const noexcept {
    const std::uint64_t hashed = hash(key);
    return (words_[hashed >> 56 & 3] & std::uint64_t{1} << (hashed >> 58)) != 0;
  }

  static std::uint64_t hash(std::string_view key) noexcept {
    return key.size() >= 8 ? hash_long(key) : hash_short(key);
  }

  // Of a key of at least 8 bytes.
  static std::uint64_t hash_long(std::string_view key) noexcept {
    std::uint64_t head = 0, middle = 0, tail = 0;
    std::memcpy(&head, key.data(), 8);
    std::memcpy(&middle, key.data() + key.size() / 2 - 4, 8);
    std::memcpy(&tail, key.data() + key.size() - 8, 8);
    // Keys share their heads ("gen_ai.request.") and tails (".id"): the middle counts too.
    const std::uint64_t mixed = head + (tail << 29 | tail >> 35) + (middle << 47 | middle >> 17);
    return (mixed ^ key.size()) * 0xff51afd7ed558ccd;
  }

  // Of a shorter one.
  static std::uint64_t hash_short(std::string_view key) noexcept {
    std::uint64_t all = key.size();
    for (const char c : key) all = all << 8 | static_cast<unsigned char>(c);
    return all * 0xff51afd7ed558ccd;
  }

 private:
  std::uint64_t words_[4] = {};
};

}  // namespace honeyhive::sdk

#pragma once

// Keys that a hash table cannot tell apart: what a stranger sends who knows how std::hash works.

#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::testing {

// Of 16 bytes, none of them special in JSON, all of one hash with libstdc++ (MurmurHash64A). With
// another library they are merely keys.
inline std::vector<std::string> colliding_keys(std::size_t count) {
  constexpr std::uint64_t mul = 0xc6a4a7935bd1e995, seed = 0xc70f6907;
  std::uint64_t inverse = mul;  // of an odd number modulo 2^64, by Newton
  for (int i = 0; i < 6; ++i) inverse *= 2 - mul * inverse;
  const auto mix = [](std::uint64_t v) { return v ^ v >> 47; };
  std::vector<std::string> keys;
  for (std::uint64_t n = 1; keys.size() < count; ++n) {
    std::uint64_t halves[2] = {n * 0x9e3779b97f4a7c15, 0};
    const std::uint64_t state = ((seed ^ 16 * mul) ^ mix(halves[0] * mul) * mul) * mul;
    halves[1] = mix(state * inverse) * inverse;  // brings every state to zero
    std::string key(16, '\0');
    std::memcpy(key.data(), halves, 16);
    const auto is_special = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
    };
    bool is_plain = true;
    for (const char c : key) is_plain = is_plain && !is_special(c);
    if (is_plain) keys.push_back(std::move(key));
  }
  return keys;
}

// Keys of the same size that are nothing special.
inline std::vector<std::string> plain_keys(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t n = 0; n < count; ++n) keys.push_back("a key of " + std::to_string(1000000 + n));
  return keys;
}

inline std::string object_of(const std::vector<std::string>& keys) {
  std::string json = "{";
  for (const std::string& key : keys) json += (json.size() > 1 ? ",\"" : "\"") + key + "\":1";
  return json + "}";
}

// Whether `work` on colliding keys takes no longer than it should: by far less than a quadratic
// algorithm needs, by far more than a machine that is busy costs.
inline bool is_as_fast(const std::function<void(const std::vector<std::string>&)>& work,
                       std::size_t count = 8192) {
  const auto time_of = [&](const std::vector<std::string>& keys) {
    const auto start = std::chrono::steady_clock::now();
    work(keys);
    return std::chrono::steady_clock::now() - start;
  };
  const auto plain = plain_keys(count), colliding = colliding_keys(count);
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (time_of(colliding) < 8 * time_of(plain)) return true;
  }
  return false;
}

}  // namespace honeyhive::testing

#pragma once

// Random bits for ids: fast, not for secrets.
//
// Source: Blackman and Vigna, xoshiro256++ 1.0 (public domain).

#include <array>
#include <cstdint>

namespace honeyhive::core {

// Weaker, with 64 bits of state, and cheaper: for ids that must differ only within a trace.
// Source: Steele, Lea and Flood, SplitMix64 (public domain).
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t operator()() noexcept {
    std::uint64_t value = state_ += 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
  }

 private:
  std::uint64_t state_;
};

class Xoshiro256 {
 public:
  // Precondition: not all zero.
  explicit Xoshiro256(const std::array<std::uint64_t, 4>& seed) noexcept : state_(seed) {}

  std::uint64_t operator()() noexcept {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

 private:
  static std::uint64_t rotate(std::uint64_t value, int bits) noexcept {
    return value << bits | value >> (64 - bits);
  }

  std::array<std::uint64_t, 4> state_;
};

}  // namespace honeyhive::core

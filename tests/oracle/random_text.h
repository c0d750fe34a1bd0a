#pragma once

// Random text, and what must arrive of it.
//
// Made of whole pieces, each with its own expectation, so that what is expected needs no decoder:
// every byte of an ill-formed piece arrives as U+FFFD.

#include <cstdint>
#include <string>

#include "core/random.h"

namespace honeyhive::oracle {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  std::uint64_t bits() { return bits_(); }
  std::size_t below(std::size_t bound) { return bits_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  core::SplitMix64 bits_;
};

struct Text {
  std::string given;
  std::string expected;
};

// Of about `bytes` bytes: ASCII, any Unicode, or also ill-formed pieces.
Text random_text(Random& random, std::size_t bytes);

// Mostly short, seldom up to `most` bytes.
Text random_length_text(Random& random, std::size_t most);

}  // namespace honeyhive::oracle

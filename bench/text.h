#pragma once

// Text that compresses as language does: made-up words by a Zipf distribution, in sentences.
//
// The same seed gives the same text. Not thread-safe; `shared_text` is.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace honeyhive::bench {

class TextSource {
 public:
  explicit TextSource(std::uint64_t seed);

  // Appends `bytes` bytes of sentences; the last word may be cut.
  void append(std::string& out, std::size_t bytes);

 private:
  core::SplitMix64 random_;
  std::uint16_t word_ = 0;  // the last one
};

// 2 MB of text, made once.
const std::string& shared_text();

// `bytes` bytes of the shared text: another place for each of the first million numbers.
std::string_view text_window(std::uint64_t number, std::size_t bytes);

// How many times smaller gzip -1 makes the text.
double gzip_ratio(std::string_view text);

// Of prompts and answers to real models: 2.62.
inline constexpr double least_gzip_ratio = 2.4;
inline constexpr double most_gzip_ratio = 2.8;

}  // namespace honeyhive::bench

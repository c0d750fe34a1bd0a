#include "text.h"

#include <zlib.h>

#include <array>
#include <cmath>

namespace honeyhive::bench {
namespace {

constexpr std::size_t vocabulary_words = 4096;
constexpr std::uint64_t percent_in_phrases = 62;
constexpr double zipf_exponent = 1.1;
constexpr std::size_t shared_text_bytes = 2'100'000;  // a million windows fit

// Frequent words are short, as in any language.
std::string make_word(std::size_t rank, core::SplitMix64& random) {
  static constexpr std::string_view onsets[] = {"b",  "c",  "d",  "f",  "g",  "h", "l", "m",
                                                "n",  "p",  "r",  "s",  "t",  "v", "w", "st",
                                                "pr", "tr", "ch", "sh", "th", ""};
  static constexpr std::string_view nuclei[] = {"a", "e", "i", "o", "u", "ea", "io", "e"};
  static constexpr std::string_view codas[] = {"", "", "", "n", "r", "s", "t", "l", "nd", "m"};
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const std::size_t syllables = rank < 150 ? 1 : rank < 1000 ? 2 : 2 + random() % 2;
  std::string word;
  for (std::size_t i = 0; i < syllables; ++i) {
    word.append(pick(onsets)).append(pick(nuclei)).append(pick(codas));
  }
  return word;
}

struct Vocabulary {
  std::vector<std::string> words;
  std::array<std::uint16_t, 1 << 16> drawn;  // 16 random bits -> rank
  std::vector<std::array<std::uint16_t, 2>> followers;
};

const Vocabulary& vocabulary() {
  static const Vocabulary made = [] {
    Vocabulary all;
    core::SplitMix64 random(2026);
    std::vector<double> upto;
    double sum = 0;
    for (std::size_t rank = 0; rank < vocabulary_words; ++rank) {
      all.words.push_back(make_word(rank, random));
      sum += 1.0 / std::pow(static_cast<double>(rank) + 2.7, zipf_exponent);  // Mandelbrot's offset
      upto.push_back(sum);
    }
    std::size_t rank = 0;
    for (std::size_t i = 0; i < all.drawn.size(); ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(all.drawn.size());
      while (upto[rank] < share * sum) ++rank;
      all.drawn[i] = static_cast<std::uint16_t>(rank);
    }
    for (rank = 0; rank < vocabulary_words; ++rank) {
      all.followers.push_back({all.drawn[random() & 0xffff], all.drawn[random() & 0xffff]});
    }
    return all;
  }();
  return made;
}

}  // namespace

TextSource::TextSource(std::uint64_t seed) : random_(seed) {}

void TextSource::append(std::string& out, std::size_t bytes) {
  const Vocabulary& all = vocabulary();
  const std::size_t end = out.size() + bytes;
  while (out.size() < end) {
    std::uint64_t bits = random_();
    const std::size_t words = 5 + bits % 14;
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < words; ++i) {
      bits = random_();
      // Phrases: one of the few words that like to follow this one.
      const bool follows = (bits >> 32) % 100 < percent_in_phrases;
      word_ = follows ? all.followers[word_][bits % 2] : all.drawn[bits & 0xffff];
      out += all.words[word_];
      out += (bits >> 16) % 12 == 0 ? ", " : " ";
    }
    while (out.back() == ' ' || out.back() == ',') out.pop_back();
    if (out[begin] >= 'a') out[begin] = static_cast<char>(out[begin] - 'a' + 'A');
    out += random_() % 6 == 0 ? ".\n" : ". ";
  }
  out.resize(end);
}

const std::string& shared_text() {
  static const std::string text = [] {
    std::string made;
    made.reserve(shared_text_bytes + 1024);
    TextSource(1).append(made, shared_text_bytes);
    return made;
  }();
  return text;
}

std::string_view text_window(std::uint64_t number, std::size_t bytes) {
  // The stride shares no divisor with the number of places, so that none comes twice.
  constexpr std::uint64_t places = 1'048'573, stride = 2'053;  // both prime
  static_assert(places + (1 << 16) < shared_text_bytes);
  return std::string_view(shared_text()).substr(number % places * stride % places, bytes);
}

double gzip_ratio(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  const auto bytes = static_cast<double>(stream.total_out);
  deflateEnd(&stream);
  return done ? static_cast<double>(text.size()) / bytes : 0;
}

}  // namespace honeyhive::bench

// gzip bodies. First byte even: any bytes; what we accept, zlib decodes to the same. Odd: the bytes
// compressed by zlib come back, unless they are above the bound or the ratio. Memory stays within
// both, and all of it is given back.

#include "server/http/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "require.h"

namespace honeyhive::fuzz {
namespace {

constexpr std::size_t most_bytes = 1 << 20;
constexpr std::size_t ratio_floor = 4 << 10;  // low, so that small inputs get above it
constexpr std::size_t max_ratio = core::limits::inflate_ratio;
constexpr int gzip_window = 15 + 16;

// All members of `encoded`.
struct Decoded {
  std::optional<std::string> text;  // unset: zlib refuses one
  bool is_header_only = false;  // for the optional checksum of its header, which we do not check
};

Decoded decoded_by_zlib(std::string_view encoded) {
  std::string out(most_bytes, '\0');
  std::size_t filled = 0;
  while (!encoded.empty()) {
    z_stream stream{};
    inflateInit2(&stream, gzip_window);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(encoded.data()));
    stream.avail_in = static_cast<uInt>(encoded.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(out.size() - filled);
    const int code = ::inflate(&stream, Z_FINISH);
    filled += stream.total_out;
    encoded.remove_prefix(encoded.size() - stream.avail_in);
    const bool is_header =
        stream.msg != nullptr && std::string_view(stream.msg) == "header crc mismatch";
    inflateEnd(&stream);
    if (code != Z_STREAM_END) return {std::nullopt, is_header};
  }
  out.resize(filled);
  return {std::move(out)};
}

std::string gzip_of(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib compresses");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What `encoded` may decode to.
std::size_t bound_of(std::string_view encoded) {
  return std::min(most_bytes, std::max(ratio_floor, encoded.size() * max_ratio));
}

core::Result<std::string> gunzip(std::string_view encoded, server::Budget& budget) {
  server::Reservation reservation(budget);
  auto text = server::gunzip(
      encoded, {.max_bytes = most_bytes, .max_ratio = max_ratio, .ratio_floor = ratio_floor},
      reservation);
  if (text) require(budget.used() == text->size(), "what is kept is what is accounted for");
  return text;
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view input = fuzz::text_of(data, size);
  server::Budget budget(2 * fuzz::most_bytes);
  if (fuzz::take_byte(input) % 2 == 1) {
    const std::string encoded = fuzz::gzip_of(input);
    const auto text = fuzz::gunzip(encoded, budget);
    if (input.size() <= fuzz::bound_of(encoded)) {
      fuzz::require(text && *text == input, "what zlib compressed comes back");
    } else {
      fuzz::require(!text && text.error().code == core::Error::Code::limit_exceeded,
                    "what expands too much is refused");
    }
  } else if (const auto text = fuzz::gunzip(input, budget)) {
    fuzz::require(text->size() <= fuzz::bound_of(input), "bound and ratio hold");
    const fuzz::Decoded expected = fuzz::decoded_by_zlib(input);
    fuzz::require(expected.is_header_only || expected.text == *text, "zlib decodes it to the same");
  } else {
    fuzz::require(!text.error().message.empty(), "an error says what is wrong");
  }
  fuzz::require(budget.used() == 0, "memory is given back");
  return 0;
}

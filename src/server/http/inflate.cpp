#include "server/http/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

namespace honeyhive::server {
namespace {

using Code = core::Error::Code;

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* raw) const { libdeflate_free_decompressor(raw); }
};

// Null: no memory for it now; a later call tries again.
libdeflate_decompressor* thread_decompressor() {
  thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor;
  if (!decompressor) decompressor.reset(libdeflate_alloc_decompressor());
  return decompressor.get();
}

// What the last member claims to decode to; a hint.
std::size_t size_field(std::string_view encoded) {
  if (encoded.size() < 18) return 0;  // the smallest member
  std::uint8_t bytes[4];
  std::memcpy(bytes, encoded.data() + encoded.size() - 4, 4);
  return bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16 |
         std::size_t{bytes[3]} << 24;
}

// Decodes member by member into a string that grows up to `bound_`.
class Inflater {
 public:
  Inflater(std::string_view encoded, const InflateLimits& limits, Reservation& reservation)
      : encoded_(encoded), limits_(limits), reservation_(reservation) {
    const std::size_t by_ratio =
        std::max(limits.ratio_floor, encoded.size() > limits.max_bytes / limits.max_ratio
                                         ? limits.max_bytes
                                         : encoded.size() * limits.max_ratio);
    bound_ = std::min(limits.max_bytes, by_ratio);
  }

  core::Result<std::string> run() {
    if (auto grown = grow(std::max<std::size_t>({size_field(encoded_), encoded_.size() * 2, 512}));
        !grown) {
      return grown.error();
    }
    do {
      ++member_;
      if (auto decoded = decode_member(); !decoded) return decoded.error();
    } while (at_ < encoded_.size());
    reservation_.shrink(out_.size() - size_);
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  core::Result<void> decode_member() {
    libdeflate_decompressor* decompressor = thread_decompressor();
    if (decompressor == nullptr) return core::Error{Code::unavailable, "out of memory"};
    for (;;) {
      std::size_t used = 0;
      std::size_t made = 0;
      const libdeflate_result result =
          libdeflate_gzip_decompress_ex(decompressor, encoded_.data() + at_, encoded_.size() - at_,
                                        out_.data() + size_, out_.size() - size_, &used, &made);
      if (result == LIBDEFLATE_SUCCESS) {
        at_ += used;
        size_ += made;
        return {};
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return malformed();
      if (out_.size() >= bound_) return too_large();
      if (auto grown = grow(out_.size() * 2); !grown) return grown;
    }
  }

  core::Result<void> grow(std::size_t wanted) {
    const std::size_t bytes = std::min(wanted, bound_);
    if (bytes <= out_.size()) return {};
    if (!reservation_.grow(bytes - out_.size())) {
      return core::Error{Code::unavailable, "too many bytes of request bodies are in flight"};
    }
    out_.resize(bytes);
    return {};
  }

  core::Error malformed() const {
    return {Code::malformed_data, "gzip member " + std::to_string(member_) + " at byte " +
                                      std::to_string(at_) + " of the body: truncated or damaged"};
  }

  core::Error too_large() const {
    if (bound_ == limits_.max_bytes) {
      return {Code::limit_exceeded,
              "the decoded body is above " + std::to_string(limits_.max_bytes) + " bytes"};
    }
    return {Code::limit_exceeded, "the body expands to more than " +
                                      std::to_string(limits_.max_ratio) + " times its size"};
  }

  std::string_view encoded_;
  const InflateLimits& limits_;
  Reservation& reservation_;
  std::string out_;
  std::size_t bound_ = 0;
  std::size_t at_ = 0;    // in `encoded_`
  std::size_t size_ = 0;  // of `out_`, decoded so far
  std::size_t member_ = 0;
};

}  // namespace

core::Result<std::string> gunzip(std::string_view encoded, const InflateLimits& limits,
                                 Reservation& reservation) {
  return Inflater(encoded, limits, reservation).run();
}

}  // namespace honeyhive::server

#include "core/ids.h"

#include "core/hex.h"

namespace honeyhive::core {

template <std::size_t N>
std::string Id<N>::hex() const {
  return to_hex(view());
}

template <std::size_t N>
std::optional<Id<N>> Id<N>::from_bytes(std::string_view raw) noexcept {
  if (raw.size() != N) return std::nullopt;
  Id id;
  std::memcpy(id.bytes.data(), raw.data(), N);
  return id;
}

template <std::size_t N>
std::optional<Id<N>> Id<N>::from_hex(std::string_view digits) noexcept {
  Id id;
  if (!parse_hex(digits, id.bytes)) return std::nullopt;
  return id;
}

template struct Id<16>;
template struct Id<8>;

}  // namespace honeyhive::core

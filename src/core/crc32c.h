#pragma once

// CRC-32C (Castagnoli), as in iSCSI: guards frames and records on disk and in memory.
//
// Source: RFC 3720, appendix B.4 (test vectors are in vectors_test.cpp).

#include <cstdint>
#include <string_view>

namespace honeyhive::core {

// The CRC of what `seed` is the CRC of, followed by `bytes`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0) noexcept;

}  // namespace honeyhive::core

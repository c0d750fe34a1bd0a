#pragma once

// Hexadecimal text of bytes: lower case out, either case in.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace honeyhive::core {

std::string to_hex(std::string_view bytes);

// False unless `digits` is exactly two hex digits for each byte of `out`; `out` is then
// unspecified.
bool parse_hex(std::string_view digits, std::span<std::uint8_t> out) noexcept;

}  // namespace honeyhive::core

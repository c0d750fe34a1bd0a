#pragma once

// zstd, one frame at a time. Thread-safe: each thread has contexts of its own.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace honeyhive::server {

core::Result<std::string> compress(std::string_view bytes);

// Error: `malformed_data` unless `compressed` gives exactly `raw_bytes` bytes.
core::Result<std::string> decompress(std::string_view compressed, std::size_t raw_bytes);

}  // namespace honeyhive::server

#pragma once

// zstd, one frame at a time. Thread-safe: each thread has contexts of its own. Where zstd finds no
// memory these throw std::bad_alloc, as everything else does: that says nothing about the bytes.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace honeyhive::server {

core::Result<std::string> compress(std::string_view bytes);

// Error: `malformed_data` unless `compressed` gives exactly `raw_bytes` bytes.
core::Result<std::string> decompress(std::string_view compressed, std::size_t raw_bytes);

}  // namespace honeyhive::server

#pragma once

// Randomness from the system: seeds of the id generators, and ids that are made once in a while.

#include <array>
#include <cstdint>

#include "core/uuid.h"

namespace honeyhive::sdk {

// Never all zero.
std::array<std::uint64_t, 4> random_seed() noexcept;

core::Uuid random_uuid() noexcept;  // version 4

}  // namespace honeyhive::sdk

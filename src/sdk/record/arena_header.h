#pragma once

// What an arena says about itself, in front of its pages: whoever finds one of a process that died
// learns here whether it can read it and whose it is. The layout is specified in
// docs/arena_format.md; what an adopter needs of the owner is filled in with crash recovery.

#include <cstddef>
#include <cstdint>

namespace honeyhive::sdk {

inline constexpr std::uint64_t arena_magic = 0x616e657261636868;  // "hhcarena", little-endian
inline constexpr std::uint32_t arena_format_version = 1;

// The header; behind it come room for a table of tracers, and the state words of chunks, one per
// page. Offsets are part of the format.
struct ArenaHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  // from the start of the arena to its first page
  std::uint32_t page_bytes;
  std::uint32_t pages = 0;  // in use at most

  // Of the owner; zero in an arena that is not a file.
  std::uint8_t boot_id[16] = {};
  std::uint64_t pid_namespace = 0;
  std::uint64_t process_start = 0;
  std::uint32_t pid = 0;
  std::uint32_t tracers = 0;  // entries of the table
  std::uint8_t instance_id[16] = {};
  std::uint64_t heartbeat_ns = 0;
};
static_assert(offsetof(ArenaHeader, boot_id) == 24 && offsetof(ArenaHeader, pid) == 56 &&
              offsetof(ArenaHeader, instance_id) == 64 && sizeof(ArenaHeader) == 88);

inline constexpr std::size_t arena_words_offset = 64 << 10;
inline constexpr std::size_t arena_header_bytes = arena_words_offset + (2 << 20);

}  // namespace honeyhive::sdk

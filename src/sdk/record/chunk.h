#pragma once

// A chunk: pages of the arena that hold records of one thread for one destination.
//
// One state word carries both who may touch the chunk and how many of its bytes are records, so
// that one release store publishes a record:
//
//   leased   the writer's, who is elsewhere; the worker may take it back (-> sealed)
//   writing  the writer is appending; nobody else changes the word
//   sealed   no more records will come
//
// The words of all chunks lie in a table of the arena, not in its pages: a writer may come back to
// a chunk that was taken back, whose pages are somebody else's records by now. The writer appends
// behind `used`; the worker reads up to the `used` it saw. Neither waits for the
// other. The layout is specified in docs/arena_format.md.

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

namespace honeyhive::sdk {

enum class ChunkState : std::uint8_t { free = 0, leased = 1, writing = 2, sealed = 3 };

// `lease` numbers the leases of an arena: a writer that comes back to a chunk which has been taken
// back and leased again can tell.
struct ChunkWord {
  ChunkState state = ChunkState::free;  // 2 bits
  std::uint32_t used = 0;               // 30 bits: from the start of the chunk
  std::uint32_t lease = 0;              // 32 bits

  static constexpr unsigned used_shift = 2;

  constexpr std::uint64_t pack() const noexcept {
    return static_cast<std::uint64_t>(lease) << 32 |
           static_cast<std::uint64_t>(used) << used_shift | static_cast<std::uint64_t>(state);
  }
  static constexpr ChunkWord unpack(std::uint64_t word) noexcept {
    return {static_cast<ChunkState>(word & 3),
            static_cast<std::uint32_t>(word >> used_shift & 0x3fffffff),
            static_cast<std::uint32_t>(word >> 32)};
  }
};

inline constexpr std::uint32_t chunk_magic = 0x31636868;  // "hhc1"

// At the start of the chunk's first page; records follow.
struct alignas(64) ChunkHeader {
  std::uint32_t magic;
  std::uint32_t pages;
  std::uint32_t destination;  // index in this process
  std::uint32_t reserved[13];
};
static_assert(sizeof(ChunkHeader) == 64);

// Append, never renumber: part of the arena format.
enum class RecordType : std::uint16_t {
  span = 1,           // a framed OTLP span (otlp/encode.h)
  session_start = 2,  // the JSON body of POST /session/start
  event_update = 3,   // two bytes with the length of an event id, the id, the body of PUT /events
};

namespace record_flag {
inline constexpr std::uint16_t event_type_mask = 0x0007;  // `KnownEventType`
inline constexpr std::uint16_t repeated_key = 0x0008;     // perhaps: a filter said so
inline constexpr std::uint16_t alone = 0x0010;            // a request of its own, at once
inline constexpr std::uint16_t finished = 0x0020;         // the worker has been over it
}  // namespace record_flag

// Before each record; never sent. Records start at multiples of 8.
struct RecordHeader {
  std::uint32_t bytes;  // of the record, without this header
  RecordType type;
  std::uint16_t flags;
  std::uint32_t tracer;   // index in this process
  std::uint32_t session;  // its slot; 0: the tracer's own
  std::uint64_t end_ns;   // when the record was finished, since 1970
  std::uint32_t unused;   // as it was
  std::uint32_t check;    // `record_check` of the above
};
static_assert(sizeof(RecordHeader) == 32);

// What a writer says about a record.
struct RecordInfo {
  std::uint32_t bytes;
  RecordType type;
  std::uint16_t flags;
  std::uint32_t tracer;
  std::uint64_t end_ns;
  std::uint32_t session = 0;
};

// Guards the header, not the content: content that is cut short or overwritten does not decode.
// `flags` are the header's as it was written, which is without `finished`.
inline std::uint32_t record_check(const RecordHeader& header, std::uint16_t flags) noexcept {
  const std::uint64_t mixed = (header.end_ns ^ header.bytes) * 0xd6e8feb86659fd93;
  return static_cast<std::uint32_t>(mixed >> 32) + header.tracer + flags +
         static_cast<std::uint32_t>(header.type);
}
// The worker adds `finished` in one store, and leaves the check: that holds before and after.
inline std::uint32_t record_check(const RecordHeader& header) noexcept {
  return record_check(header, header.flags & static_cast<std::uint16_t>(~record_flag::finished));
}

inline constexpr std::uint32_t record_space(std::size_t record_bytes) noexcept {
  return static_cast<std::uint32_t>((sizeof(RecordHeader) + record_bytes + 7) & ~std::size_t{7});
}

}  // namespace honeyhive::sdk

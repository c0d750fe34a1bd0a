#pragma once

// gzip for request bodies: one state of zlib (270 KB, made at first use) that is used again for
// each, and the memory of what comes out, likewise. Level 1: CPU is the program's.
//
// Worker thread only.
//
// Source: RFC 1952 (gzip); zlib's manual.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

struct z_stream_s;

namespace honeyhive::sdk {

class Gzip {
 public:
  // Memory for one body.
  struct Buffer {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
  };
  static constexpr std::size_t spare_buffers = 4;
  static constexpr std::size_t largest_spare = 2 << 20;

  Gzip() noexcept;
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Of at least `capacity`; without bytes if there is no memory.
  Buffer take_buffer(std::size_t capacity) noexcept;
  void give_back(Buffer buffer) noexcept;

  // One body after the other: begun, added to, finished. False without memory.
  bool begin(char* out, std::size_t capacity) noexcept;
  // False if it does not fit: then the body is not to be finished.
  bool add(std::string_view text) noexcept;
  // The bytes that were written; 0 if they do not fit.
  std::size_t finish() noexcept;

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;
  std::vector<Buffer> spare_;
};

}  // namespace honeyhive::sdk

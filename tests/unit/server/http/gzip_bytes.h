#pragma once

// gzip made by zlib, which is not what undoes it.

#include <zlib.h>

#include <cstring>
#include <string>
#include <string_view>

namespace honeyhive::server::testing {

// `text` `times` times, as one gzip member.
inline std::string gzip(std::string_view text, std::size_t times = 1) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out;
  std::string input(text);
  char buffer[65536];
  for (std::size_t i = 0; i <= times; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = i == times ? 0 : static_cast<uInt>(input.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer);
      stream.avail_out = sizeof buffer;
      deflate(&stream, i == times ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer, sizeof buffer - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

// A member whose size field says `size`, which is a lie.
inline std::string with_size_field(std::string member, std::uint32_t size) {
  std::memcpy(member.data() + member.size() - 4, &size, 4);
  return member;
}

}  // namespace honeyhive::server::testing

#pragma once

// A gzip body as a server reads it, by zlib.

#include <zlib.h>

#include <optional>
#include <string>
#include <string_view>

namespace honeyhive::fakes {

// nullopt unless `encoded` is exactly one whole member.
inline std::optional<std::string> gunzip(std::string_view encoded) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return std::nullopt;
  std::string input(encoded), out;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  int code = Z_OK;
  while (code == Z_OK) {
    char piece[64 << 10];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  }
  const bool is_whole = code == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return is_whole ? std::optional<std::string>(std::move(out)) : std::nullopt;
}

}  // namespace honeyhive::fakes

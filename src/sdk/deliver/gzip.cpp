#include "sdk/deliver/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <utility>

namespace honeyhive::sdk {
namespace {

constexpr int level = 1;
constexpr int gzip_format = 16;  // added to the window bits: a gzip header, not zlib's
constexpr int window_bits = 15;
constexpr int memory_level = 8;  // zlib's default

}  // namespace

Gzip::Gzip() noexcept = default;
Gzip::~Gzip() = default;

void Gzip::End::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

Gzip::Buffer Gzip::take_buffer(std::size_t capacity) noexcept {
  const auto found = std::find_if(spare_.begin(), spare_.end(), [&](const Buffer& buffer) {
    return buffer.capacity >= capacity;
  });
  if (found == spare_.end()) {
    // Not touched before it is written to: most of it never is.
    return {std::unique_ptr<char[]>(new (std::nothrow) char[capacity]), capacity};
  }
  Buffer buffer = std::move(*found);
  spare_.erase(found);
  return buffer;
}

void Gzip::give_back(Buffer buffer) noexcept {
  if (!buffer.bytes || buffer.capacity > largest_spare) return;
  if (spare_.size() == spare_buffers) spare_.erase(spare_.begin());  // of a size nobody asked for
  try {
    spare_.reserve(spare_buffers);
    spare_.push_back(std::move(buffer));
  } catch (const std::bad_alloc&) {  // one less to spare
  }
}

bool Gzip::begin(char* out, std::size_t capacity) noexcept {
  if (!stream_) {
    auto* const made = new (std::nothrow) z_stream_s{};
    if (made == nullptr) return false;
    if (deflateInit2(made, level, Z_DEFLATED, window_bits + gzip_format, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      delete made;
      return false;
    }
    stream_.reset(made);
  } else if (deflateReset(stream_.get()) != Z_OK) {
    return false;
  }
  stream_->next_out = reinterpret_cast<Bytef*>(out);
  stream_->avail_out = static_cast<uInt>(capacity);
  return true;
}

bool Gzip::add(std::string_view text) noexcept {
  stream_->next_in = reinterpret_cast<z_const Bytef*>(const_cast<char*>(text.data()));
  stream_->avail_in = static_cast<uInt>(text.size());
  return deflate(stream_.get(), Z_NO_FLUSH) == Z_OK && stream_->avail_in == 0;
}

std::size_t Gzip::finish() noexcept {
  stream_->next_in = nullptr;
  stream_->avail_in = 0;
  if (deflate(stream_.get(), Z_FINISH) != Z_STREAM_END) return 0;
  return static_cast<std::size_t>(stream_->total_out);
}

}  // namespace honeyhive::sdk

#include "sdk/record/span_sink.h"

#include <algorithm>
#include <charconv>

namespace honeyhive::sdk {

SpanSink::SpanSink(SpanWriter& writer, std::string_view key, Of what) noexcept
    : writer_(writer), most_(core::limits::value_depth + (what == Of::pairs ? 1 : 0)) {
  append(key);
}

void SpanSink::append(std::string_view part) noexcept {
  const std::size_t bytes = std::min(part.size(), path_capacity - path_bytes_);
  std::copy_n(part.data(), bytes, path_.data() + path_bytes_);
  path_bytes_ += bytes;
}

std::string_view SpanSink::key_here() noexcept {
  if (depth_ > 0 && levels_[depth_ - 1].is_array) {
    Level& level = levels_[depth_ - 1];
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, level.next_index++).ptr;
    path_bytes_ = level.path_bytes;
    if (path_bytes_ > 0) append(".");
    append({digits, static_cast<std::size_t>(end - digits)});
  }
  return {path_.data(), path_bytes_};
}

void SpanSink::key(std::string_view name) noexcept {
  if (ignored_ > 0 || depth_ == 0) return;
  path_bytes_ = levels_[depth_ - 1].path_bytes;
  if (path_bytes_ > 0) append(".");
  append(name);
}

void SpanSink::open(bool is_array) noexcept {
  if (ignored_ > 0) {
    ++ignored_;
    return;
  }
  const std::string_view at = key_here();
  if (depth_ == most_) {
    ++ignored_;
    writer_.note_depth(at);
    return;
  }
  levels_[depth_++] = {static_cast<std::uint32_t>(at.size()), 0, is_array};
}

void SpanSink::close() noexcept {
  if (ignored_ > 0) {
    --ignored_;
  } else if (depth_ > 0) {
    --depth_;
  }
}

void SpanSink::begin_array() noexcept { open(true); }
void SpanSink::end_array() noexcept { close(); }
void SpanSink::begin_object() noexcept { open(false); }
void SpanSink::end_object() noexcept { close(); }

bool SpanSink::takes_more() const noexcept {
  constexpr std::size_t most_nulls = 1 << 20;
  return ignored_ == 0 && nulls_ < most_nulls && writer_.takes_more();
}

SpanSink::Place SpanSink::place() const noexcept {
  const SpanWriter::Place at = writer_.place();
  return {depth_, ignored_, at.size, at.attributes, at.moves};
}

void SpanSink::go_back(const Place& place) noexcept {
  depth_ = place.depth;
  ignored_ = place.ignored;
  writer_.go_back({place.bytes, place.attributes, place.moves});
}

void SpanSink::null() noexcept {
  if (ignored_ > 0) return;
  ++nulls_;
  key_here();
}

void SpanSink::boolean(bool value) noexcept {
  if (ignored_ == 0) writer_.boolean(key_here(), value);
}

void SpanSink::integer(std::int64_t value) noexcept {
  if (ignored_ == 0) writer_.integer(key_here(), value);
}

void SpanSink::number(double value) noexcept {
  if (ignored_ == 0) writer_.number(key_here(), value);
}

void SpanSink::string(std::string_view utf8) noexcept {
  if (ignored_ == 0) writer_.text(key_here(), utf8);
}

}  // namespace honeyhive::sdk

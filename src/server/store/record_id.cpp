#include "server/store/record_id.h"

#include <charconv>
#include <limits>

namespace honeyhive::server {

RecordId RecordId::parse(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == text.npos || dash == 0) return {std::string(text)};
  const std::string_view digits = text.substr(dash + 1);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  // One text for each number: ids that differ stay different. The number behind it exists too.
  const bool is_canonical = digits == "0" || (!digits.empty() && digits[0] > '0');
  if (!is_whole || !is_canonical || number == std::numeric_limits<std::int64_t>::max()) {
    return {std::string(text)};
  }
  return {std::string(text.substr(0, dash)), number};
}

}  // namespace honeyhive::server

#include "sdk/propagate/baggage.h"

#include <algorithm>
#include <array>

#include "core/hex.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "sdk/propagate/header_list.h"

namespace honeyhive::sdk {
namespace {

namespace limits = core::limits;

struct Name {
  std::string_view text;
  std::string_view Baggage::*field;
};

// What we write, in this order, and what we read.
constexpr std::array names = {
    Name{"session_id", &Baggage::session_id}, Name{"project", &Baggage::project},
    Name{"source", &Baggage::source},         Name{"run_id", &Baggage::run_id},
    Name{"dataset_id", &Baggage::dataset_id}, Name{"datapoint_id", &Baggage::datapoint_id}};

// What we read besides; a later name counts only where an earlier one is absent.
constexpr std::array aliases = {Name{"honeyhive_session_id", &Baggage::session_id},
                                Name{"honeyhive_project", &Baggage::project},
                                Name{"honeyhive_source", &Baggage::source},
                                Name{"honeyhive.session_id", &Baggage::session_id},
                                Name{"honeyhive.project", &Baggage::project},
                                Name{"honeyhive.source", &Baggage::source}};

constexpr std::size_t count = names.size() + aliases.size();

constexpr const Name& name_of(std::size_t rank) noexcept {
  return rank < names.size() ? names[rank] : aliases[rank - names.size()];
}

// A key is a token: its case counts.
std::size_t rank_of(std::string_view key) noexcept {
  std::size_t rank = 0;
  while (rank < count && name_of(rank).text != key) ++rank;
  return rank;
}

bool is_baggage_octet(char c) noexcept {
  return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
}

// Appends what `text` stands for and returns it; "" if its bytes are more than the bound. "%zz" is
// no encoding, and stays; "+" is a plus sign.
std::string_view append_decoded(std::string& out, std::string_view text) {
  std::array<char, limits::baggage_value_bytes> bytes;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (size == bytes.size()) return {};
    std::uint8_t byte = 0;
    if (text[i] == '%' && core::parse_hex(text.substr(i + 1, 2), {&byte, 1})) {
      bytes[size++] = static_cast<char>(byte);
      i += 2;
    } else {
      bytes[size++] = text[i];
    }
  }
  const std::size_t before = out.size();
  core::append_repaired(out, {bytes.data(), size});
  return std::string_view(out).substr(before);
}

void append_percent_encoded(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    // Some read a plus sign as a space: encoded, it is one thing to all.
    if (is_baggage_octet(c) && c != '%' && c != '+') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

// The lines without what exceeds the bound of all of them and the commas between them.
class Bounded {
 public:
  explicit Bounded(std::span<const std::string_view> lines) noexcept : lines_(lines) {}

  template <typename Each>
  void for_each_member(Each each) {
    std::size_t left = limits::baggage_bytes;
    for (const std::string_view& line : lines_) {
      const bool is_cut = line.size() > left;
      std::string_view kept = line.substr(0, left);
      // The member that the bound cuts is half a member.
      if (is_cut && line[left] != ',') kept = kept.substr(0, kept.rfind(',') + 1);
      for_each_list_member({&kept, 1}, [&](std::string_view member) {
        each(member);
        return true;
      });
      if (is_cut || line.size() + 1 > left) return;
      left -= line.size() + 1;
    }
  }

 private:
  std::span<const std::string_view> lines_;
};

}  // namespace

Baggage parse_baggage(std::span<const std::string_view> lines, std::string& decoded) {
  decoded.clear();
  std::array<std::string_view, count> found;  // by rank
  Bounded(lines).for_each_member([&](std::string_view member) {
    std::string_view value = take_until(member, ';');
    const std::size_t rank = rank_of(trim_ows(take_until(value, '=')));
    value = trim_ows(value);
    if (rank == count || !std::all_of(value.begin(), value.end(), is_baggage_octet)) return;
    if (value.find('%') != value.npos) {
      // Nothing gets longer by being decoded: "%ff" has as many bytes as U+FFFD. So it never moves.
      decoded.reserve(limits::baggage_bytes);
      value = append_decoded(decoded, value);
    }
    if (!value.empty() && value.size() <= limits::baggage_value_bytes) found[rank] = value;
  });

  Baggage baggage;
  for (std::size_t rank = 0; rank < count; ++rank) {
    std::string_view& field = baggage.*name_of(rank).field;
    if (field.empty()) field = found[rank];
  }
  return baggage;
}

std::string write_baggage(const Baggage& baggage) {
  std::string line;
  for (const Name& name : names) {
    const std::string_view value = baggage.*name.field;
    if (value.empty() || value.size() > limits::baggage_value_bytes) continue;
    if (!line.empty()) line += ',';
    line += name.text;
    line += '=';
    append_percent_encoded(line, value);
  }
  return line;
}

}  // namespace honeyhive::sdk

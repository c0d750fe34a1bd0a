#include "server/ingest/cut_text.h"

#include "core/utf8.h"

namespace honeyhive::server {

std::string cut_text(std::string_view text, std::size_t most) {
  constexpr std::string_view mark = "[cut]";
  std::string out;
  // Repair makes text longer, never shorter: what is left out here would be cut off anyway.
  core::append_repaired(out, core::cut_at_character(text, most));
  if (text.size() <= most && out.size() <= most) return out;
  out.resize(core::cut_at_character(out, most - mark.size()).size());
  return out.append(mark);
}

}  // namespace honeyhive::server

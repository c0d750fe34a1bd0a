#pragma once

// Inputs and outputs as a person reads them: chat messages as role and text, strings as they are,
// everything else as JSON.

#include <string>
#include <string_view>
#include <vector>

#include "cli/shown.h"

namespace honeyhive::cli {

// Appends the parts of one bucket ("inputs", "config", ...), a JSON object. What is no object
// appends nothing.
void append_readable(std::string_view bucket_json, TextPart::Section section,
                     std::vector<TextPart>& parts);

}  // namespace honeyhive::cli

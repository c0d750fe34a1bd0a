#pragma once

// The two ways a command speaks.

#include <string_view>

#include "core/result.h"

namespace honeyhive::cli {

// To standard output, at once. False if nobody can read it any more.
bool print(std::string_view text);

// "honeyhive: ..." to standard error; returns the exit code that goes with it.
int complain(const core::Error& error);
void remark(std::string_view text);

std::int64_t now_unix_ns();

}  // namespace honeyhive::cli

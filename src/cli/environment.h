#pragma once

// The variables of the environment that the command line reads; nothing else here reads any.
//
//   HH_API_URL HH_API_KEY           the server and its token
//   XDG_DATA_HOME HOME              where the data folder is
//   NO_COLOR TERM                   colours
//   LC_ALL LC_CTYPE LANG            characters

#include <functional>
#include <string>

namespace honeyhive::cli {

// The value of a variable; "" if it is not set. Replaced in tests.
using Environment = std::function<std::string(const char*)>;

std::string environment_variable(const char* name);

// Where the server keeps its data if nobody says otherwise; "" without a home.
std::string default_data_folder(const Environment& environment);

}  // namespace honeyhive::cli

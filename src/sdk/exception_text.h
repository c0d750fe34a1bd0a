#pragma once

// What an exception is called and says.

#include <exception>
#include <string>
#include <typeinfo>

namespace honeyhive::sdk {

struct ExceptionText {
  std::string type;     // "std::invalid_argument"
  std::string message;  // empty if it says nothing
};

std::string demangled(const std::type_info& type);
ExceptionText describe(const std::exception& error);
ExceptionText describe(std::exception_ptr error);

}  // namespace honeyhive::sdk

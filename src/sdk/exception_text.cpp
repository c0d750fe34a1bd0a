#include "sdk/exception_text.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace honeyhive::sdk {

std::string demangled(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : type.name();
}

ExceptionText describe(const std::exception& error) {
  return {demangled(typeid(error)), error.what()};
}

ExceptionText describe(std::exception_ptr error) {
  if (!error) return {"unknown", ""};
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& known) {
    return describe(known);
  } catch (const std::string& text) {
    return {"std::string", text};
  } catch (const char* text) {
    return {"const char*", text != nullptr ? text : ""};
  } catch (...) {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return {type != nullptr ? demangled(*type) : "unknown", ""};
  }
}

}  // namespace honeyhive::sdk

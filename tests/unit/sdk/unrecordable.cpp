// Does not compile, which is what is tested: values of which a part cannot be recorded.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "honeyhive/honeyhive.h"

struct Unknown {};
struct Holder {
  Unknown member;
};
HH_FIELDS(Holder, member)

using Range = std::vector<Unknown>;
using CArray = Unknown[2];
using Map = std::map<std::string, Unknown>;
using Maybe = std::optional<Unknown>;
using Pointer = std::unique_ptr<Unknown>;
using Either = std::variant<int, Unknown>;
using Pair = std::pair<int, Unknown>;
using Addresses = std::vector<const int*>;

void set(honeyhive::Span& span, const TYPE& value) { span.set_attribute("key", value); }

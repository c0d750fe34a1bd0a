#pragma once

// How trace headers are read from, and written to, whatever carries them.

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "honeyhive/value.h"

#pragma GCC visibility push(default)
namespace honeyhive {

// Specialise for header containers that are no maps: `get(const C&, name) ->
// std::optional<std::string>` and `set(C&, name, value)`. Names are lower case; `get` must ignore
// case.
template <typename Carrier>
struct CarrierTraits {};

namespace detail {

using CarrierGetter = std::function<std::optional<std::string>(std::string_view)>;
using CarrierSetter = std::function<void(std::string_view, std::string_view)>;

// Names of headers: ASCII letters of either case are the same.
constexpr bool same_header(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

template <typename F, typename C>
concept getter_of = std::invocable<F&, const C&, std::string_view>;
template <typename F, typename C>
concept setter_of = std::invocable<F&, C&, std::string_view, std::string_view>;

template <typename C>
concept carrier_with_get = requires(const C& c) {
  CarrierTraits<C>::get(c, std::string_view());
};
template <typename C>
concept carrier_with_set = requires(C& c) {
  CarrierTraits<C>::set(c, std::string_view(), std::string_view());
};
template <typename C>
concept map_carrier =
    is_map<C> && std::convertible_to<const typename C::mapped_type&, std::string_view>;

// One that keeps the values it is given.
template <typename C>
concept owning_map_carrier =
    map_carrier<C> && !std::same_as<typename C::mapped_type, std::string_view> &&
    std::constructible_from<typename C::mapped_type, std::string_view>;

template <typename C>
CarrierGetter carrier_getter(const C& carrier) {
  constexpr bool is_carrier = std::invocable<const C&, std::string_view> || carrier_with_get<C> ||
                              std::same_as<C, Object> || map_carrier<C>;
  static_assert(is_carrier,
                "honeyhive: a carrier is a map of strings, a callable (name) -> "
                "optional<string>, or a type with CarrierTraits");
  return [&carrier](std::string_view name) -> std::optional<std::string> {
    if constexpr (std::invocable<const C&, std::string_view>) {
      return carrier(name);
    } else if constexpr (carrier_with_get<C>) {
      return CarrierTraits<C>::get(carrier, name);
    } else if constexpr (std::same_as<C, Object>) {
      for (const auto& member : carrier) {
        if (same_header(member.key, name)) return member.value.text();
      }
      return std::nullopt;
    } else if constexpr (map_carrier<C>) {
      for (const auto& [key, value] : carrier) {
        if (!same_header(key, name)) continue;
        if constexpr (std::is_pointer_v<typename C::mapped_type>) {
          if (value == nullptr) return std::nullopt;
        }
        return std::string(std::string_view(value));
      }
      return std::nullopt;
    } else {
      return std::nullopt;
    }
  };
}

template <typename C>
CarrierSetter carrier_setter(C& carrier) {
  constexpr bool is_carrier = std::invocable<C&, std::string_view, std::string_view> ||
                              carrier_with_set<C> || std::same_as<C, Object> ||
                              owning_map_carrier<C>;
  static_assert(is_carrier,
                "honeyhive: a carrier is a map of strings, a callable (name, value), or a type "
                "with CarrierTraits");
  return [&carrier](std::string_view name, std::string_view value) {
    if constexpr (std::invocable<C&, std::string_view, std::string_view>) {
      carrier(name, value);
    } else if constexpr (carrier_with_set<C>) {
      CarrierTraits<C>::set(carrier, name, value);
    } else if constexpr (std::same_as<C, Object>) {
      for (const auto& member : carrier) {
        if (!same_header(member.key, name)) continue;
        carrier[std::string(member.key)] = Value(value);
        return;
      }
      carrier[name] = Value(value);
    } else if constexpr (owning_map_carrier<C>) {
      // One entry per header, of whatever case it was.
      for (auto at = carrier.begin(); at != carrier.end();) {
        at = same_header(at->first, name) ? carrier.erase(at) : std::next(at);
      }
      carrier.emplace(typename C::key_type(name), typename C::mapped_type(value));
    }
  };
}

}  // namespace detail
}  // namespace honeyhive
#pragma GCC visibility pop

#pragma once

// How each recordable type is written; the rules are in honeyhive/value.h. Not for direct use.

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

#pragma GCC visibility push(default)
namespace honeyhive::detail {

// What `to_attributes` and `honeyhive_value` are looked up beside: nothing, so that only ADL finds
// them.
void to_attributes() = delete;
void honeyhive_value() = delete;

template <typename T>
concept has_traits = requires(AttributeWriter& w, const T& v) {
  ValueTraits<T>::write(w, v);
};
template <typename T>
concept has_stream_hook = requires(AttributeWriter& w, const T& v) {
  to_attributes(w, v);
};
template <typename T>
concept has_value_hook = requires(const T& v) {
  honeyhive_value(v);
};
template <typename T>
concept is_own = std::same_as<T, Value> || std::same_as<T, Object> || std::same_as<T, Array> ||
    std::same_as<T, Attributes>;
template <typename T>
concept is_text = !std::is_null_pointer_v<T> && std::convertible_to<const T&, std::string_view>;
// Becomes a text without a throw: the standard's strings and views, and literals.
template <typename T>
concept is_safe_text = is_text<T> &&
    (std::is_array_v<T> || std::is_nothrow_convertible_v<const T&, std::string_view>);
template <typename T>  // is_text; a null pointer is an empty one
std::string_view as_text(const T& text) {
  if constexpr (std::is_pointer_v<T>) {
    return text != nullptr ? std::string_view(text) : std::string_view();
  } else {
    return text;
  }
}
template <typename T>
concept is_path = requires(const T& v) {
  { v.generic_string() } -> std::same_as<std::string>;
};
template <typename T>
concept is_duration = requires(const T& v) {
  typename T::rep;
  { T::period::num } -> std::convertible_to<long long>;
  v.count();
};
template <typename T>
concept is_time_point = requires(const T& v) {
  typename T::clock;
  v.time_since_epoch();
  T::clock::to_time_t(v);
};
template <typename T>
concept is_optional = requires(const T& v) {
  { v.has_value() } -> std::convertible_to<bool>;
  *v;
};
template <typename T>
concept is_smart_pointer = requires(const T& v) {
  typename T::element_type;
  v.get();
  *v;
};
template <typename T>
concept is_variant = requires(const T& v) {
  { v.valueless_by_exception() } -> std::same_as<bool>;
};
template <typename T>
concept is_exception = requires(const T& v) {
  { v.what() } -> std::convertible_to<const char*>;
};
template <typename T>
concept is_range = requires(const T& v) {
  v.begin() != v.end();
  *v.begin();
}
|| std::is_array_v<T>;
template <typename T>
concept is_map = is_range<T> && requires {
  typename T::key_type;
  typename T::mapped_type;
} && std::convertible_to<const typename T::key_type&, std::string_view>;
template <typename T>
concept is_json = requires(const T& v) {  // nlohmann::basic_json, without its header
  { v.is_object() } -> std::same_as<bool>;
  { v.is_number_integer() } -> std::same_as<bool>;
  v.items();
  v.dump();
};
template <typename T>
concept is_tuple = requires {
  std::tuple_size<T>::value;
};
template <typename T>
concept is_streamable = requires(std::ostream& o, const T& v) {
  { o << v } -> std::convertible_to<std::ostream&>;
}
&&!std::is_pointer_v<T>;

template <typename T>
concept object_like = std::same_as<T, Object> ||
    (!is_own<T> && !is_text<T> &&
     (has_traits<T> || has_stream_hook<T> || is_map<T> || is_json<T> ||
      (has_value_hook<T> && !std::is_enum_v<T>)));

template <typename T>
concept capturable = is_own<T> || has_traits<T> || has_stream_hook<T> || has_value_hook<T> ||
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_null_pointer_v<T> || is_text<T> ||
    is_path<T> || is_duration<T> || is_time_point<T> || is_optional<T> || is_smart_pointer<T> ||
    is_variant<T> || is_exception<T> || is_json<T> || is_range<T> || is_tuple<T> ||
    is_streamable<T>;

// Types that decide for themselves how they are recorded, whatever else they look like.
template <typename T>
concept has_hook = has_traits<T> || has_stream_hook<T> || has_value_hook<T>;

// Integers that int64 holds in full, characters and bool apart.
template <typename T>
concept is_integer = std::is_integral_v<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                     (std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t));

// The same as values: a failed static_assert then does not explain every alternative.
template <typename T>
inline constexpr bool is_capturable = capturable<T>;
template <typename T>
inline constexpr bool is_object_like = object_like<T>;

template <typename T>
const void* address(const T& value) noexcept {
  return std::addressof(value);
}

std::string stream_text(const void* value, void (*print)(std::ostream&, const void*));
std::string iso_time(long double unix_us);
void write_unsigned(AttributeWriter& writer, std::uint64_t value);
void write_own(AttributeWriter& writer, const Value& value);
void write_own(AttributeWriter& writer, const Object& value);
void write_own(AttributeWriter& writer, const Array& value);
void write_own(AttributeWriter& writer, const Attributes& value);

// Calls `write(w, what)`. If a user's hook throws on the way into a span, what it wrote is undone.
void write_or_undo(AttributeWriter& w, const void* what,
                   void (*write)(AttributeWriter&, const void*));

template <typename F>
void write_or_undo(AttributeWriter& w, const F& write) {
  write_or_undo(w, address(write), [](AttributeWriter& to, const void* function) {
    (*static_cast<const F*>(function))(to);
  });
}

template <typename T>
void write_value(AttributeWriter& w, const T& v);

// A range may be large, or without end: it is left where no more of it would be recorded.
template <typename T>
void write_items(AttributeWriter& w, const T& range) {
  w.begin_array();
  for (const auto& item : range) {
    write_value(w, item);
    if (!takes_more(w)) break;
  }
  w.end_array();
}

// NOLINTBEGIN(bugprone-branch-clone): in each instantiation all branches but one are empty
template <typename T>
void write_value(AttributeWriter& w, const T& v) {
  if (!takes_more(w)) return;
  if constexpr (has_traits<T>) {
    ValueTraits<T>::write(w, v);
  } else if constexpr (has_stream_hook<T>) {
    to_attributes(w, v);
  } else if constexpr (has_value_hook<T>) {
    write_value(w, honeyhive_value(v));
  } else if constexpr (is_own<T>) {
    write_own(w, v);
  } else if constexpr (is_json<T>) {
    if (v.is_object()) {
      w.begin_object();
      for (const auto& [key, item] : v.items()) {
        w.member(key, item);
        if (!takes_more(w)) break;
      }
      w.end_object();
    } else if (v.is_array()) {
      write_items(w, v);
    } else if (v.is_string()) {
      w.string(v.template get_ref<const typename T::string_t&>());
    } else if (v.is_boolean()) {
      w.boolean(v.template get<bool>());
    } else if (v.is_number_float()) {
      w.number(v.template get<double>());
    } else if (v.is_number_unsigned()) {
      write_unsigned(w, v.template get<std::uint64_t>());
    } else if (v.is_number()) {
      w.integer(v.template get<std::int64_t>());
    } else {
      w.null();
    }
  } else if constexpr (std::same_as<T, bool>) {
    w.boolean(v);
  } else if constexpr (std::same_as<T, char>) {
    w.string(std::string_view(&v, 1));
  } else if constexpr (std::is_floating_point_v<T>) {
    w.number(static_cast<double>(v));
  } else if constexpr (std::is_enum_v<T>) {
    write_value(w, static_cast<std::underlying_type_t<T>>(v));
  } else if constexpr (is_integer<T>) {
    w.integer(static_cast<std::int64_t>(v));
  } else if constexpr (std::is_integral_v<T>) {
    write_unsigned(w, v);
  } else if constexpr (std::is_null_pointer_v<T>) {
    w.null();
  } else if constexpr (std::is_pointer_v<T> && is_text<T>) {
    v ? w.string(v) : w.null();
  } else if constexpr (is_text<T>) {
    w.string(static_cast<std::string_view>(v));
  } else if constexpr (is_path<T>) {
    w.string(v.generic_string());
  } else if constexpr (is_duration<T>) {
    w.number(static_cast<double>(v.count()) * static_cast<double>(T::period::num) /
             static_cast<double>(T::period::den));
  } else if constexpr (is_time_point<T>) {
    using Since = decltype(v.time_since_epoch());
    w.string(iso_time(static_cast<long double>(v.time_since_epoch().count()) * 1e6L *
                      Since::period::num / Since::period::den));
  } else if constexpr (is_exception<T>) {
    w.string(as_text(static_cast<const char*>(v.what())));
  } else if constexpr (is_optional<T>) {
    v.has_value() ? write_value(w, *v) : w.null();
  } else if constexpr (is_smart_pointer<T>) {
    v.get() != nullptr ? write_value(w, *v) : w.null();
  } else if constexpr (is_variant<T>) {
    if (v.valueless_by_exception()) {
      w.null();
    } else {
      visit([&](const auto& alternative) { write_value(w, alternative); }, v);
    }
  } else if constexpr (is_map<T>) {
    w.begin_object();
    for (const auto& entry : v) {
      write_or_undo(w, [&](AttributeWriter& to) {
        const auto& [key, item] = entry;
        to.key(as_text(key));
        write_value(to, item);
      });
      if (!takes_more(w)) break;
    }
    w.end_object();
  } else if constexpr (is_range<T>) {
    write_items(w, v);
  } else if constexpr (is_tuple<T>) {
    w.begin_array();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      using std::get;
      (write_value(w, get<I>(v)), ...);
    }
    (std::make_index_sequence<std::tuple_size<T>::value>{});
    w.end_array();
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    w.null();
  } else if constexpr (is_streamable<T>) {
    w.string(stream_text(
        address(v), [](std::ostream& out, const void* p) { out << *static_cast<const T*>(p); }));
  } else {
    static_assert(is_capturable<T>,
                  "honeyhive: no way to record this type, a part of the value; give it HH_FIELDS, "
                  "honeyhive_value() or operator<<");
  }
}
// NOLINTEND(bugprone-branch-clone)

}  // namespace honeyhive::detail

#define HH_DETAIL_FIELD(name) hh_writer.member(#name, hh_value.name);
#define HH_DETAIL_PARENS ()
#define HH_DETAIL_EXPAND(...) HH_DETAIL_EXPAND2(HH_DETAIL_EXPAND2(HH_DETAIL_EXPAND2(__VA_ARGS__)))
#define HH_DETAIL_EXPAND2(...) HH_DETAIL_EXPAND1(HH_DETAIL_EXPAND1(HH_DETAIL_EXPAND1(__VA_ARGS__)))
#define HH_DETAIL_EXPAND1(...) __VA_ARGS__
#define HH_DETAIL_EACH(macro, ...) __VA_OPT__(HH_DETAIL_EXPAND(HH_DETAIL_EACH1(macro, __VA_ARGS__)))
#define HH_DETAIL_EACH1(macro, first, ...) \
  macro(first) __VA_OPT__(HH_DETAIL_AGAIN HH_DETAIL_PARENS(macro, __VA_ARGS__))
#define HH_DETAIL_AGAIN() HH_DETAIL_EACH1
#pragma GCC visibility pop

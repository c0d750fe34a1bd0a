#pragma once

// One T for the whole process: made at its first use, never destroyed, and without allocation. What
// static objects of the program use in their constructors and destructors must be such a one.

#include <cstddef>
#include <new>

namespace honeyhive::core {

template <typename T>
T& immortal() noexcept {
  alignas(T) static std::byte place[sizeof(T)];
  static T* const made = new (place) T();
  return *made;
}

}  // namespace honeyhive::core

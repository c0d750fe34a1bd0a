#pragma once

// Tells running threads apart, in one instruction where the system has a register for it: reading a
// thread_local is a call in code that may be part of a shared library. Thread-safe.

#include "core/inline.h"

namespace honeyhive::sdk {

// Never null, and a multiple of 8. A thread that has ended may have had the same.
HH_INLINE const void* this_thread_mark() noexcept {
#if defined(__x86_64__)
  // Source: ELF handling for thread-local storage, 3.4.6: the thread pointer, at its own address.
  const void* mark = nullptr;
  asm("mov %%fs:0, %0" : "=r"(mark));
  return mark;
#elif defined(__aarch64__)
  return __builtin_thread_pointer();
#else
  static alignas(8) constinit thread_local char own = 0;
  return &own;
#endif
}

}  // namespace honeyhive::sdk

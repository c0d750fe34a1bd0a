#pragma once

// For the recording path, whose functions are small and called per attribute: there a call costs
// more than what it does, and code that rarely runs belongs out of the way.
#define HH_INLINE inline __attribute__((always_inline))
#define HH_NOINLINE __attribute__((noinline))
#define HH_LIKELY(condition) __builtin_expect(static_cast<bool>(condition), 1)
#define HH_UNLIKELY(condition) __builtin_expect(static_cast<bool>(condition), 0)

#pragma once

// For the recording path, whose functions are small and called per attribute: there a call costs
// more than what it does.
#define HH_INLINE inline __attribute__((always_inline))

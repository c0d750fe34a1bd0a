#pragma once

// Lets one `malloc` fail, also of libraries written in C. For one source file of a program, whose
// `malloc` this replaces; not for sanitizers, which do the same.

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace honeyhive::fakes {

inline std::atomic<std::size_t> failing_from{0};  // 0: none fails
inline std::atomic<std::size_t> failing_to{0};

struct Sizes {
  std::size_t from;
  std::size_t to;
};

// While it lives, the next `malloc` of as many bytes fails, whichever thread calls it.
class FailingMalloc {
 public:
  explicit FailingMalloc(const Sizes& sizes) noexcept {
    failing_to = sizes.to;
    failing_from = sizes.from;
  }
  ~FailingMalloc() { failing_from = 0; }
  FailingMalloc(const FailingMalloc&) = delete;
  FailingMalloc& operator=(const FailingMalloc&) = delete;

  bool has_failed() const noexcept { return failing_from == 0; }
};

inline bool fails(std::size_t bytes) noexcept {
  std::size_t from = failing_from.load();
  return from != 0 && bytes >= from && bytes <= failing_to &&
         failing_from.compare_exchange_strong(from, 0);
}

}  // namespace honeyhive::fakes

extern "C" void* __libc_malloc(std::size_t bytes) noexcept;  // glibc's own

extern "C" void* malloc(std::size_t bytes) noexcept {
  if (!honeyhive::fakes::fails(bytes)) return __libc_malloc(bytes);
  errno = ENOMEM;
  return nullptr;
}

#include "sdk/record/entropy.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

namespace honeyhive::sdk {
namespace {

// Where getrandom fails (a kernel or sandbox without it) ids must still differ.
void fill_from_clock(std::array<std::uint64_t, 4>& seed) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  seed[0] = static_cast<std::uint64_t>(now.tv_sec);
  seed[1] = static_cast<std::uint64_t>(now.tv_nsec);
  seed[2] = static_cast<std::uint64_t>(getpid());
  seed[3] = reinterpret_cast<std::uintptr_t>(&seed) | 1;
  for (auto& word : seed) {
    word = (word ^ word >> 31) * 0x9e3779b97f4a7c15;
    word = (word ^ word >> 29) * 0xd6e8feb86659fd93;
  }
}

}  // namespace

std::array<std::uint64_t, 4> random_seed() noexcept {
  std::array<std::uint64_t, 4> seed{};
  const ssize_t got = ::getrandom(seed.data(), sizeof seed, 0);
  if (got != static_cast<ssize_t>(sizeof seed)) fill_from_clock(seed);
  seed[0] |= seed[1] == 0 && seed[2] == 0 && seed[3] == 0;
  return seed;
}

core::Uuid random_uuid() noexcept {
  const auto seed = random_seed();
  std::array<std::uint8_t, 16> bits{};
  std::memcpy(bits.data(), seed.data(), bits.size());
  return core::Uuid::with_version(bits, 4);
}

}  // namespace honeyhive::sdk

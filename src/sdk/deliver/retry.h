#pragma once

// Decides what an answer means for a batch, and when a failed one is sent again. Pure: time and
// randomness are arguments.
//
// Source: OTLP specification, "OTLP/HTTP Response" (429,
// 502, 503 and 504 are retryable) and "OTLP/HTTP Throttling" (Retry-After).

#include <chrono>
#include <optional>

namespace honeyhive::sdk {

enum class Verdict : unsigned char { delivered, retry, refused };

// `status` 0: no answer came (no connection, time-out, garbage). `server_errors` counts the answers
// with status 500 to the batch, this one included: the third is the last.
Verdict judge(int status, int server_errors) noexcept;

// The wait before the next send: `random`, in [0, 1), picks from 0 to min(30 s, 0.5 s *
// 2^failures); `retry_after` is a floor, cut to 5 minutes.
std::chrono::milliseconds retry_delay(int failures, std::optional<std::chrono::seconds> retry_after,
                                      double random) noexcept;

// What is unsent for longer is dropped and counted.
inline constexpr std::chrono::hours max_age{1};

}  // namespace honeyhive::sdk

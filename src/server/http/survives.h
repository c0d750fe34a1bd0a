#pragma once

// A step that may fail without taking its thread along. Thread-safe.

#include <exception>

#include "core/log.h"

namespace honeyhive::server {

// Runs `step`. False if it threw, mostly for want of memory: that is logged, as "<what>: <why>".
bool survives(const char* what, auto&& step) noexcept {
  try {
    return step(), true;
  } catch (const std::exception& error) {
    core::log_line(core::LogLevel::error, {what, ": ", error.what()});
  } catch (...) {
    core::log_line(core::LogLevel::error, {what, ": for a reason that has no name"});
  }
  return false;
}

}  // namespace honeyhive::server

#pragma once

// While one lives, `pthread_cancel` does not end the calling thread: the library waits and calls
// users' hooks where nothing may be thrown, and cancellation is an exception that must not be
// swallowed. The thread is cancelled at its next cancellation point behind it.

#include <pthread.h>

namespace honeyhive::sdk {

class NoCancel {
 public:
  NoCancel() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~NoCancel() {
    int ignored = 0;
    pthread_setcancelstate(before_, &ignored);
  }
  NoCancel(const NoCancel&) = delete;
  NoCancel& operator=(const NoCancel&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace honeyhive::sdk

// Does not compile with one of its mistakes, which is what is tested.

#include "honeyhive/honeyhive.h"

using honeyhive::HoneyHiveTracer;

HoneyHiveTracer make() {
#if defined(Unknown)
  const honeyhive::TracerConfig config{.project = "p", .no_such_parameter = true};
  return HoneyHiveTracer::init(config);
#elif defined(Order)
  return HoneyHiveTracer::init({.project = "p", .api_key = "k"});
#elif defined(Type)
  return HoneyHiveTracer::init({.project = 7});
#else
  return HoneyHiveTracer::init({.api_key = "k", .project = "p"});
#endif
}

// A plugin that has the SDK inside, and shows nothing of it.
#include <honeyhive/honeyhive.h>

namespace {
honeyhive::HoneyHiveTracer tracer = nullptr;
}

extern "C" {
void plugin_start(const char* url) {
  tracer = honeyhive::HoneyHiveTracer::init({.project = "plugin", .server_url = url});
}
void plugin_record() { auto span = tracer.trace("step"); }
void plugin_stop() { tracer = nullptr; }
}

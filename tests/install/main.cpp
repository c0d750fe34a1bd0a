// Traces in test mode with the installed library, and prints the tree.

#include <honeyhive/honeyhive.h>
#include <honeyhive/testing.h>

#include <cstdio>

int main() {
  auto tracer = honeyhive::HoneyHiveTracer::init({.project = "consumer", .test_mode = true});
  {
    auto parent = tracer.trace("parent", {{"question", "does it link?"}});
    auto child = tracer.trace("child", {.event_type = honeyhive::EventType::tool});
    child.set_attribute("answer", 42);
  }
  const auto spans = honeyhive::testing::capture(tracer);
  std::fputs(honeyhive::testing::tree(spans).c_str(), stdout);
  const auto& child = honeyhive::testing::find(spans, "child");
  return spans.size() == 2 && child["answer"] == 42 && child.project == "consumer" ? 0 : 1;
}

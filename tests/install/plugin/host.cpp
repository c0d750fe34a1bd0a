// Loads a plugin, lets a thread record in it, unloads it, and only then ends the thread.
#include <dlfcn.h>

#include <fstream>
#include <future>
#include <iostream>
#include <string>
#include <thread>

namespace {

bool is_loaded(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(path)) return true;
  }
  return false;
}

}  // namespace

int main(int, char** arguments) {
  const std::string path = arguments[1];
  void* const plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::cerr << dlerror() << '\n';
    return 2;
  }
  const auto function = [&](const char* name) { return dlsym(plugin, name); };
  reinterpret_cast<void (*)(const char*)>(function("plugin_start"))(arguments[2]);
  std::promise<void> has_recorded, may_end;
  std::thread thread([&] {
    reinterpret_cast<void (*)()>(function("plugin_record"))();
    has_recorded.set_value();
    may_end.get_future().wait();
  });
  has_recorded.get_future().wait();
  reinterpret_cast<void (*)()>(function("plugin_stop"))();
  dlclose(plugin);
  std::cout << (is_loaded(path) ? "still loaded" : "unloaded") << std::endl;
  may_end.set_value();
  thread.join();
  std::cout << "ended\n";
}

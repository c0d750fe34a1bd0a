#include "server/http/router.h"

#include <cassert>
#include <optional>
#include <utility>

namespace honeyhive::server {
namespace {

std::vector<std::string> split(std::string_view pattern) {
  std::vector<std::string> segments;
  pattern.remove_prefix(1);
  for (;;) {
    const std::size_t slash = pattern.find('/');
    segments.emplace_back(pattern.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    pattern.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// The parameters of `path` if it has the shape of `route`.
std::optional<std::vector<Parameter>> match(const Route& route, std::string_view path) {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    if (path.empty() || path.front() != '/') return {};
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    const std::string& wanted = route.segments[i];
    if (is_parameter(wanted)) {
      auto value = percent_decode(segment, false);
      if (!value || value->empty()) return {};
      parameters.push_back({wanted.substr(1, wanted.size() - 2), std::move(*value)});
    } else if (segment != wanted) {
      return {};
    }
  }
  if (!path.empty()) return {};
  return parameters;
}

void add_method(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method;
}

}  // namespace

void Router::add(std::string method, std::string pattern, RouteOptions options, Handler handler) {
  assert(!pattern.empty() && pattern.front() == '/');
  assert(method != "GET" || options.access != Access::ingest);
  Route route{std::move(method), std::move(pattern), options, std::move(handler), {}, 0};
  route.segments = split(route.pattern);
  route.index = routes_.size();
  routes_.push_back(std::move(route));
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match result;
  for (const Route& route : routes_) {
    auto parameters = match(route, path);
    if (!parameters) continue;
    if (route.method == wanted) {
      result.route = &route;
      result.path_parameters = std::move(*parameters);
      return result;
    }
    add_method(result.allow, route.method);
    if (route.method == "GET") add_method(result.allow, "HEAD");
  }
  return result;
}

}  // namespace honeyhive::server

#pragma once

// The walk that requests of all signals share: resources, their scopes, items of those. The
// messages differ in their names only, not in their field numbers. Private to src/otlp/decode*.cpp.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "otlp/decode.h"

namespace honeyhive::otlp::wire {

struct RequestKind {
  const char* what;     // for messages: "trace request"
  const char* items;    // "spans"
  const char* request;  // names of protobuf messages
  const char* resources;
  const char* scopes;
  const char* resource_field;  // names of their fields
  const char* scope_field;
  const char* item_field;
};

// `index`: of the item in its scope.
using ItemSink = std::function<void(const ResourceView& resource, const ScopeView& scope,
                                    std::size_t index, std::string_view item)>;

// As decode_trace_request.
core::Result<void> decode_request(std::string_view body, const RequestKind& kind,
                                  const ItemSink& sink);

// "resource_spans[0].scope_spans[1].spans[17]".
std::string place_in(const RequestKind& kind, const ResourceView& resource, const ScopeView& scope,
                     std::size_t index);

}  // namespace honeyhive::otlp::wire

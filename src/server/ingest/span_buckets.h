#pragma once

// Collects a span's values into HoneyHive's seven buckets and writes them as JSON objects.
//
// Keys keep their dots: `honeyhive_inputs.user.id` becomes {"user.id": ...}. Of two values under
// one key the last put wins; an explicit `honeyhive_metadata.k` wins over a plain attribute `k`.
//
// Holds views: what is put must outlive `write`. Not thread-safe.

#include <array>
#include <string_view>

#include "otlp/attributes.h"
#include "server/store/event.h"

namespace honeyhive::server {

class SpanBuckets {
 public:
  void put(Bucket bucket, std::string_view key, const otlp::AnyValue& value);

  // An attribute that no convention knows: metadata, under its own key.
  void put_plain(std::string_view key, const otlp::AnyValue& value);

  // Sets the buckets of `event`; empty ones become "". Ends the collection.
  void write(Event& event);

 private:
  std::array<otlp::Attributes, bucket_count> buckets_;
  otlp::Attributes plain_;
};

}  // namespace honeyhive::server

#pragma once

// What the ingest rows send, and the client that sends it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::bench {

enum class IngestEncoding : std::uint8_t { protobuf, json };

struct IngestLoad {
  IngestEncoding encoding = IngestEncoding::protobuf;
  std::vector<std::string> requests;  // gzip'ed OTLP
  std::uint64_t spans = 0;
  std::uint64_t bytes = 0;  // of all requests, not compressed
};

// Traces of ten spans with ids and text of their own; 2.9 KB per span.
IngestLoad make_ingest_load(std::size_t requests, std::size_t spans_per_request,
                            IngestEncoding encoding);

// A request that `make_ingest_load` made, as OTLP's JSON.
std::string json_of_request(std::string_view protobuf);

struct IngestTimes {
  double wall_seconds = 0;             // first byte sent to last answer
  std::vector<double> answer_seconds;  // per request
  std::size_t refused = 0;             // answers other than 200
};

// Sends all requests to 127.0.0.1:`port` over `connections` connections, each one request at a
// time. Throws std::runtime_error if a connection breaks.
IngestTimes send_load(const IngestLoad& load, std::uint16_t port, std::size_t connections);

}  // namespace honeyhive::bench

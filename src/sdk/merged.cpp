// TracerConfig::merged.

#include <tuple>

#include "honeyhive/config.h"
#include "sdk/resolver.h"

namespace honeyhive {
namespace {

bool is_set(const OptionalText& field) { return field && sdk::trimmed(*field).has_value(); }
bool is_set(const Object& field) { return !field.empty(); }
template <typename T>
bool is_set(const std::optional<T>& field) {
  return field.has_value();
}

// All fields. One that is new does not compile until it is here.
template <typename Config>
auto fields_of(Config& config) {
  auto& [api_key, project, session_name, source, server_url, session_id, disable_http_tracing,
         disable_batch, verbose, inputs, is_evaluation, run_id, dataset_id, datapoint_id,
         link_carrier, test_mode, sample_rate, require_connection, buffer_bytes, export_timeout,
         on_full_wait, tls_ca_file, tls_client_cert, tls_client_key, proxy, no_proxy, compression] =
      config;
  return std::tie(api_key, project, session_name, source, server_url, session_id,
                  disable_http_tracing, disable_batch, verbose, inputs, is_evaluation, run_id,
                  dataset_id, datapoint_id, link_carrier, test_mode, sample_rate,
                  require_connection, buffer_bytes, export_timeout, on_full_wait, tls_ca_file,
                  tls_client_cert, tls_client_key, proxy, no_proxy, compression);
}

}  // namespace

TracerConfig TracerConfig::merged(const TracerConfig& overrides) const {
  TracerConfig out = *this;
  const auto replace = [](auto& field, const auto& by) {
    if (is_set(by)) field = by;
  };
  std::apply(
      [&](auto&... fields) {
        std::apply([&](const auto&... by) { (replace(fields, by), ...); }, fields_of(overrides));
      },
      fields_of(out));
  return out;
}

}  // namespace honeyhive

#include "sdk/tracer_impl.h"

#include <algorithm>
#include <cmath>

#include "core/limits.h"
#include "honeyhive/semconv.h"
#include "otlp/encode.h"
#include "sdk/attribute_text.h"
#include "sdk/record/context_entry.h"
#include "sdk/record/recorder.h"
#include "sdk/remote_parent.h"
#include "sdk/resource.h"
#include "sdk/version.h"

namespace honeyhive::detail {
namespace {

constexpr std::string_view event_type_names[sdk::known_event_types] = {"", "model", "tool", "chain",
                                                                       "session"};
constexpr const char* dotted_event_type = "honeyhive.event_type";
constexpr const char* session_auto_create = "honeyhive.session_auto_create";

// What the tracer's root spans are children of; null for nothing.
std::shared_ptr<const sdk::RemoteParent> link_of(TracerImpl& tracer) {
  const Object& carrier = tracer.settings.link_carrier.value;
  if (carrier.empty()) return nullptr;
  const auto read = sdk::read_headers(tracer, sdk::find_headers(tracer, carrier_getter(carrier)));
  if (read.is_malformed) tracer.bad_contexts.fetch_add(1, std::memory_order_relaxed);
  const bool has_parent = read.parent != nullptr && read.parent->span_id != 0;
  return has_parent ? read.parent : nullptr;
}

std::uint64_t rejection_threshold(double sample_rate) noexcept {
  constexpr double two_to_56 = 72057594037927936.0;
  return static_cast<std::uint64_t>(std::llround((1.0 - sample_rate) * two_to_56));
}

}  // namespace

std::string TracerImpl::make_constants(const SessionNames& session, std::size_t event_type,
                                       bool ahead) const {
  const std::string_view type = event_type_names[event_type];
  std::string out;
  const auto text = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    sdk::append_attribute(out, otlp::span_attribute_tag, key, value, value.size());
  };
  text(semconv::project, settings.project.value);
  text(semconv::source, session.source);
  text(semconv::session_name, session.name);
  text(semconv::session_id, session.id);
  text(semconv::tracer_version, sdk::version);
  text(semconv::event_type, type);
  text(dotted_event_type, type);
  if (settings.is_evaluation.value) {
    text("honeyhive_metadata.run_id", settings.run_id.value);
    text("honeyhive_metadata.dataset_id", settings.dataset_id.value);
    text("honeyhive_metadata.datapoint_id", settings.datapoint_id.value);
  }
  if (ahead) {
    sdk::append_attribute(out, otlp::span_attribute_tag, session_auto_create, true, 1);
  }
  return out;
}

void TracerImpl::begin(const sdk::Settings& from, std::string session) {
  settings = from;
  session_id = std::move(session);
  const SessionNames own{session_id, settings.session_name.value, settings.source.value};
  for (std::size_t type = 0; type < sdk::known_event_types; ++type) {
    constants[type] = make_constants(own, type, false);
    constants_ahead[type] = make_constants(own, type, true);
  }
  resource = sdk::make_resource(settings);
  bad_contexts.store(0, std::memory_order_relaxed);
  base = link_of(*this);
  first_notes = {};
  first_notes.tracer = index;
  is_off = settings.disable_tracing.value;
  reject_below = rejection_threshold(is_off ? 0 : settings.sample_rate.value);
  max_attributes = settings.max_attributes.value;
  max_events = settings.max_events.value;
  max_value_bytes = settings.max_value_bytes.value;
  first_notes.has_own_limits = max_attributes < core::limits::attributes_per_span ||
                               max_events < core::limits::events_per_span ||
                               max_value_bytes < core::limits::value_bytes;
  max_span_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(core::limits::span_bytes, settings.buffer_bytes.value / 4));
  on_full_wait = settings.on_full_wait.value;
  answer_wait = settings.export_timeout.value;
  sends_alone = settings.disable_batch.value && settings.is_sending();
  if (sends_alone) first_notes.flags = sdk::record_flag::alone;
  for (sdk::Counter* const counter :
       {&delivery.sent, &delivery.refused, &delivery.buffer_full, &delivery.expired,
        &delivery.unsent, &delivery.bytes_sent, &delivery.retried, &delivery.captured,
        &delivery.calls_sent, &delivery.calls_dropped}) {
    counter->reset();
  }
  unrecorded.store(0, std::memory_order_relaxed);
  late_calls.store(0, std::memory_order_relaxed);
  lost_ends.store(0, std::memory_order_relaxed);
  lost_unsampled_ends.store(0, std::memory_order_relaxed);
  calls_refused.store(0, std::memory_order_relaxed);
  set_last_error({});
  ++life;
  is_finished.store(!settings.is_sending(), std::memory_order_relaxed);
  has_handle.store(true, std::memory_order_relaxed);
  publish_limit.store(max_span_bytes, std::memory_order_relaxed);
  const bool goes_slowly = sends_alone || first_notes.has_own_limits;
  const bool rejects = reject_below != 0;
  starts.store(goes_slowly       ? sdk::Starts::slowly
               : base != nullptr ? sdk::Starts::children_quickly
               : rejects         ? sdk::Starts::roots_sampled
                                 : sdk::Starts::quickly,
               std::memory_order_relaxed);
  closed.store(false, std::memory_order_release);
}

void TracerImpl::set_last_error(std::string text) {
  const std::scoped_lock lock(mutex_);
  last_error_ = std::move(text);
}

TracerStats TracerImpl::stats() {
  TracerStats out;
  // What was sent before what was ended: never more sent than ended.
  out.spans_sent = delivery.sent.get();
  out.dropped_refused = delivery.refused.get();
  out.dropped_expired = delivery.expired.get();
  out.dropped_unsent = delivery.unsent.get();
  out.bytes_sent = delivery.bytes_sent.get();
  out.requests_retried = delivery.retried.get();
  out.session_calls_sent = delivery.calls_sent.get();
  out.session_calls_dropped =
      delivery.calls_dropped.get() + calls_refused.load(std::memory_order_relaxed);
  const auto recorded = sdk::Recorder::get().counts(index);
  const std::uint64_t not_started = unrecorded.load(std::memory_order_relaxed);
  out.spans_started = recorded.started + not_started;
  const std::uint64_t not_ended = lost_ends.load(std::memory_order_relaxed);
  out.spans_ended = recorded.ended + not_started + not_ended;
  out.spans_sampled_out = recorded.sampled_out;
  out.dropped_buffer_full =
      recorded.buffer_full + delivery.buffer_full.get() + not_started + not_ended;
  out.dropped_too_large = recorded.too_large;
  out.dropped_closed = recorded.closed;
  out.late_set = recorded.late_set + late_calls.load(std::memory_order_relaxed);
  out.context_mismatch = recorded.context_mismatch;
  out.bad_context = bad_contexts.load(std::memory_order_relaxed);
  out.keys_ignored = recorded.keys_ignored;
  out.values_cut = recorded.values_cut;
  out.attributes_dropped = recorded.attributes_dropped;
  const std::scoped_lock lock(mutex_);
  out.last_error = last_error_;
  return out;
}

bool TracerImpl::is_over() {
  if (has_handle.load(std::memory_order_acquire) || !closed.load(std::memory_order_acquire) ||
      holders.load(std::memory_order_acquire) != 0) {
    return false;
  }
  const TracerStats now = stats();
  const auto recorded = sdk::Recorder::get().counts(index);
  return now.spans_started == now.spans_ended &&
         recorded.sampled_out ==
             recorded.sampled_out_ended + lost_unsampled_ends.load(std::memory_order_relaxed) &&
         now.spans_ended == now.spans_sent + now.dropped() + delivery.captured.get();
}

}  // namespace honeyhive::detail

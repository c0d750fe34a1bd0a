#pragma once

// A store for the ingest targets: builds frames of what is appended and reads them back, as the
// real one does, without a disk. Not thread-safe.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "require.h"
#include "server/query/event_json.h"
#include "server/store/compression.h"
#include "server/store/event_codec.h"
#include "server/store/event_frames.h"
#include "server/store/merge.h"
#include "server/store/store.h"

namespace honeyhive::fuzz {

class CodedStore final : public server::Store {
 public:
  bool append(std::vector<server::Event> events, Done done) override {
    const std::size_t count = events.size();
    for (const server::Event& event : events) received_bytes_ += server::event_bytes(event);
    auto frames = server::build_frames(std::move(events));
    if (!frames) {
      done(frames.error());
      return true;
    }
    std::size_t read = 0;
    for (const server::EventFrame& made : *frames) read += read_back(made);
    require(read == count, "every event is in a frame");
    done({});
    return true;
  }

  core::Result<std::vector<server::TraceSummary>> traces(const server::TraceQuery&) override {
    return std::vector<server::TraceSummary>{};
  }
  core::Result<std::vector<server::Event>> trace(std::optional<std::string_view>,
                                                 const core::TraceId&) override {
    return std::vector<server::Event>{};
  }
  core::Result<std::optional<server::SessionSummary>> session(std::optional<std::string_view>,
                                                              std::string_view) override {
    return std::optional<server::SessionSummary>{};
  }
  core::Result<std::vector<server::SessionSummary>> sessions(const server::SessionQuery&) override {
    return std::vector<server::SessionSummary>{};
  }
  core::Result<std::optional<server::Event>> session_event(std::string_view,
                                                           std::string_view) override {
    return std::optional<server::Event>{};
  }
  core::Result<std::vector<server::Event>> created_events(std::string_view,
                                                          std::string_view) override {
    return std::vector<server::Event>{};
  }
  core::Result<std::vector<server::Event>> session_events(std::optional<std::string_view>,
                                                          std::string_view) override {
    return std::vector<server::Event>{};
  }
  // What came first, a session or a posted event, whatever id is asked for: so that it is merged
  // with what comes later.
  core::Result<std::optional<server::Event>> event(std::optional<std::string_view>,
                                                   std::string_view) override {
    return subject_;
  }
  core::Result<server::Logs> logs(const server::LogQuery&) override { return server::Logs{}; }
  void on_stored(std::function<void(const server::Event&)>) override {}
  server::StoreStats stats() const override { return {}; }
  void close() override {}

  // What all events that were appended take in memory.
  std::size_t received_bytes() const { return received_bytes_; }

 private:
  std::size_t read_back(const server::EventFrame& made) {
    const server::FrameHeader& header = made.frame.header;
    auto records = server::decompress(made.frame.payload, header.raw_bytes);
    require(records.has_value(), "a frame can be decompressed");
    const auto events = server::decode_frame({header, *std::move(records)});
    require(events && events->size() == made.events.size(), "a frame can be decoded");
    for (std::size_t i = 0; i < events->size(); ++i) {
      require((*events)[i].event_id == made.events[i].event_id, "an event keeps its id");
      const std::string json = json_of((*events)[i]);
      require(json == json_of(made.events[i]), "an event is stored as it was made");
      require(nlohmann::json::accept(json), "an event is written as JSON");
    }
    remember(*events);
    return events->size();
  }

  void remember(const std::vector<server::Event>& events) {
    for (const server::Event& event : events) {
      const bool is_start = event.kind == server::Event::Kind::session;
      if (event.kind == server::Event::Kind::update && subject_) {
        server::apply_update(*subject_, event);
      } else if (is_start && subject_) {
        server::merge_session_start(*subject_, event);
      } else if (!subject_ && (is_start || event.kind == server::Event::Kind::created)) {
        subject_ = event;
      }
    }
    if (subject_) require(nlohmann::json::accept(json_of(*subject_)), "what is merged is JSON");
  }

  static std::string json_of(const server::Event& event) {
    std::string text;
    core::JsonWriter json(text);
    server::append_event(json, event, server::Children(), server::Detail::full);
    return text;
  }

  std::optional<server::Event> subject_;
  std::size_t received_bytes_ = 0;
};

}  // namespace honeyhive::fuzz

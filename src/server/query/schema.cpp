#include "server/query/schema.h"

#include <set>
#include <string>
#include <utility>

#include "core/json_scan.h"
#include "core/limits.h"
#include "server/query/export_request.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

// The paths into the buckets of all events, as filters take them.
class Schema {
 public:
  void add(const Event& event) {
    for (std::size_t i = 0; i < bucket_count; ++i) {
      const bool is_metadata = static_cast<Bucket>(i) == Bucket::metadata;
      add_members(event.event_type, bucket_names[i],
                  is_metadata ? shown_metadata(event) : event.buckets[i], 0);
    }
    const auto dataset = field_json(event, "metadata.dataset_id");
    if (!dataset) return;
    if (auto name = text_of_json_string(*dataset)) put(datasets_, *std::move(name));
  }

  Response response(const ScanEnd& end) const {
    Response response;
    core::JsonWriter json(response.body);
    json.begin_object().key("fields").begin_array();
    for (const auto& [name, type] : fields_) {
      json.begin_object().member("name", name).member("event_type", type).end_object();
    }
    json.end_array().key("datasets").begin_array();
    for (const std::string& dataset : datasets_) json.string(dataset);
    json.end_array().key("mappings").begin_object().end_object();
    if (!end.complete || has_more_) json.key("complete").boolean(false);
    json.end_object();
    return response;
  }

 private:
  static constexpr std::size_t most_levels = 4;
  static constexpr std::size_t longest_name = 1024;

  template <typename Item>
  void put(std::set<Item>& items, Item item) {
    if (items.size() < limits::schema_fields) {
      items.insert(std::move(item));
    } else {
      has_more_ = has_more_ || !items.contains(item);
    }
  }

  // What is nested deeper, or in arrays, is named by what it is in.
  void add_members(const std::string& type, const std::string& path, std::string_view object,
                   std::size_t level) {
    const auto members = core::scan_json_object(object);
    if (!members) return;
    for (const core::JsonMember& member : *members) {
      const std::string name = path + "." + member.key;
      if (name.size() > longest_name) continue;
      const bool has_members = member.value.starts_with('{') && member.value != "{}";
      if (has_members && level + 1 < most_levels) {
        add_members(type, name, member.value, level + 1);
      } else {
        put(fields_, {name, type});
      }
    }
  }

  std::set<std::pair<std::string, std::string>> fields_;  // name, event type
  std::set<std::string> datasets_;
  bool has_more_ = false;
};

}  // namespace

void events_schema(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const auto parsed = ExportRequest::parse_query(request);
  if (!parsed) return respond(error_response(parsed.error()));
  Schema schema;
  const auto end =
      scan_events(deps.store, parsed->query, limits::export_events_examined,
                  [&schema](const Event& event, const Children&) { schema.add(event); });
  if (!end) return respond(error_response(end.error()));
  respond(schema.response(*end));
}

}  // namespace honeyhive::server

#include "cli/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/safe_text.h"
#include "core/descriptor.h"
#include "core/limits.h"
#include "core/shell_word.h"
#include "core/url.h"
#include "core/utf8.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t longest_message = 300;  // of the server, in ours

using Code = core::Error::Code;

std::optional<std::string> read_small_file(int fd) {
  std::string text(core::limits::small_file_bytes, '\0');
  const ssize_t got = ::read(fd, text.data(), text.size());
  if (got < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

core::Descriptor open_to_read(const std::string& path) {
  return core::Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

// Asks without taking the lock. True also where the system has no such locks.
bool may_be_locked(int fd) {
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

std::string first_line(std::string text) {
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

std::string without_password(std::string text) {
  const std::size_t scheme = text.find("://");
  const std::size_t start = scheme == text.npos ? 0 : scheme + 3;
  const std::size_t end = text.rfind('@');
  if (end == text.npos || end < start) return text;
  return text.replace(start, end - start, "***");
}

core::Result<std::string> checked_url(const std::string& text, const std::string& from) {
  const std::string with_scheme = text.find("://") == text.npos ? "http://" + text : text;
  const auto url = core::Url::parse(with_scheme);
  if (!url) {
    return core::Error{Code::invalid_argument,
                       from + ": \"" + safe(without_password(text)) +
                           "\" is not a server address: " + safe(url.error().message) +
                           "; one looks like http://127.0.0.1:4318"};
  }
  return url->text();
}

// The address in `server.json`; nothing if it does not hold one.
std::optional<std::string> address_in(const std::string& json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const auto address = document.find("address");
  if (address == document.end() || !address->is_string()) return std::nullopt;
  return address->get<std::string>();
}

core::Result<Connection> server_of_folder(const std::string& folder) {
  if (folder.empty()) {
    return core::Error{
        Code::invalid_argument,
        "HOME is not set: name a data folder with --data, or a server with --server"};
  }
  const std::string path = folder + "/server.json";
  const core::Descriptor file = open_to_read(path);
  if (!file && errno == EACCES) {
    return core::Error{Code::unavailable, safe(path) +
                                              ": Permission denied. The data folder is another "
                                              "user's; --data names another one"};
  }
  if (!file) {
    return core::Error{Code::unavailable, "no server is known: there is no " + safe(path) +
                                              ". Start one with `honeyhive serve`, or name one "
                                              "with --server or HH_API_URL"};
  }
  if (!may_be_locked(file.get())) {
    return core::Error{Code::unavailable, "the server of " + safe(folder) +
                                              " is not running; it ended without saying goodbye. "
                                              "Start it with `honeyhive serve --data " +
                                              safe(core::shell_word(folder)) + "`"};
  }
  const auto address = address_in(read_small_file(file.get()).value_or(""));
  if (!address) {
    return core::Error{Code::malformed_data, safe(path) +
                                                 " does not hold an address. Restart `honeyhive "
                                                 "serve`, which writes it, or use --server"};
  }
  auto url = checked_url(*address, path);
  if (!url) return url.error();
  const core::Descriptor token = open_to_read(folder + "/token");
  const auto text = token ? read_small_file(token.get()) : std::nullopt;
  return Connection{*std::move(url), first_line(text.value_or("")), path};
}

// Whether `given` is the address of the folder's server, or "localhost" in its place. That name may
// stand for ::1 too, where somebody else may listen: the folder's address is the one to take.
bool is_same_server(const std::string& given, const std::string& of_folder) {
  if (given == of_folder) return true;
  auto url = core::Url::parse(given);
  const auto ours = core::Url::parse(of_folder);
  if (!url || !ours || url->host != "localhost" || !ours->is_loopback()) return false;
  url->host = ours->host;
  return url->text() == ours->text();
}

// "error": {"message": ...} of the server, if that is what it sent.
std::string message_of(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (!document.is_object() || !document.contains("error")) return {};
  const auto& error = document["error"];
  if (error.is_string()) return error.get<std::string>();
  if (!error.is_object() || !error.contains("message") || !error["message"].is_string()) return {};
  return error["message"].get<std::string>();
}

}  // namespace

core::Result<Connection> find_server(const ServerOptions& options, const Environment& environment) {
  std::string given = options.server, from = "--server", token = options.token;
  if (given.empty() && options.data.empty()) {
    given = environment("HH_API_URL"), from = "HH_API_URL";
    if (token.empty()) token = environment("HH_API_KEY");
  }
  auto of_folder =
      server_of_folder(options.data.empty() ? default_data_folder(environment) : options.data);
  if (given.empty()) {
    if (of_folder && !options.token.empty()) of_folder->token = options.token;
    return of_folder;
  }
  auto url = checked_url(given, from);
  if (!url) return url.error();
  Connection connection{*std::move(url), std::move(token), from};
  // The folder's own server under its address: its token opens it, whatever named it.
  if (of_folder && is_same_server(connection.url, of_folder->url)) {
    connection.url = of_folder->url;
    if (options.token.empty()) connection.token = of_folder->token;
  }
  return connection;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string target(std::string_view path, const Parameters& parameters) {
  std::string out(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += separator;
    out += name;
    out += '=';
    out += percent_encoded(value);
    separator = '&';
  }
  return out;
}

net::HttpRequest get_request(const Connection& connection, std::string_view target) {
  net::HttpRequest request;
  request.url = connection.url + std::string(target);
  request.timeout = std::chrono::seconds(30);
  request.max_answer_bytes = core::limits::answer_bytes;
  if (!connection.token.empty()) {
    request.headers.push_back("Authorization: Bearer " + connection.token);
  }
  return request;
}

core::Error explain(const Connection& connection, const net::HttpAnswer& answer) {
  const std::string where = connection.url + " (from " + safe(connection.found_in) + ")";
  if (answer.status == 0) {
    return {Code::unavailable, "no server answers at " + where + ": " + safe(answer.error) +
                                   ". Start one with `honeyhive serve`"};
  }
  const std::string message = safe(message_of(answer.body));
  const std::string said(core::cut_at_character(message, longest_message));
  if (answer.status == 401 || answer.status == 403) {
    return {Code::invalid_argument,
            "the server at " + where +
                (connection.token.empty() ? " wants a token" : " does not accept this token") +
                ". It is in the file `token` of the server's data folder: pass it with --token, or "
                "name the folder with --data"};
  }
  const std::string status = "HTTP " + std::to_string(answer.status);
  const std::string reason = said.empty() ? status : said + " (" + status + ")";
  if (answer.status == 404) return {Code::not_found, said.empty() ? status : said};
  if (answer.status >= 500 || answer.status == 429) {
    return {Code::unavailable, "the server at " + where + " cannot answer now: " + reason};
  }
  return {Code::invalid_argument, "the server at " + where + " refused: " + reason};
}

core::Result<std::string> get(const Connection& connection, std::string_view target) {
  net::HttpAnswer answer = net::fetch(get_request(connection, target));
  if (answer.status != 200) return explain(connection, answer);
  return std::move(answer.body);
}

}  // namespace honeyhive::cli

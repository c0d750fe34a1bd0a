#pragma once

// The data folder as seen from outside the store: private to its user, with the token that readers
// present and, while the server runs, the file that says where it listens.
//
// Whoever can read the folder can read the data anyway; the token keeps out other users of the
// machine and pages in a browser.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/descriptor.h"
#include "core/result.h"

namespace honeyhive::server {

// Makes `folder` (and its parents) with mode 0700, or checks that it is a folder of ours. One that
// others may enter is closed to them if it is empty or a data folder already, else refused: it may
// be somebody's home. Error: `unavailable`, with path and cause.
core::Result<void> prepare_data_folder(const std::string& folder);

// The token in `<folder>/token`, 64 hex digits, made at the first call. The folder must be locked
// by the caller. Errors: `unavailable`; `malformed_data` if the file is not a token or others may
// read it.
core::Result<std::string> load_or_make_token(const std::string& folder);

// `<folder>/server.json` while this object lives: {"address","pid","version"}. The command line
// finds the server by it. Locked (F_OFD_SETLK) as long, so that one left by a server that was
// killed is told from one of a server that runs. Removed at the end, if it is still ours.
class ServerFile {
 public:
  static core::Result<ServerFile> write(const std::string& folder, std::string_view address,
                                        std::string_view version);
  ServerFile(ServerFile&& other) noexcept;
  ServerFile& operator=(ServerFile&&) = delete;
  ~ServerFile();

 private:
  ServerFile(std::string path, core::Descriptor file);

  std::string path_;  // empty: moved from
  core::Descriptor file_;
};

}  // namespace honeyhive::server

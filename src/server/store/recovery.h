#pragma once

// Brings catalogue and log together: at start, and after the catalogue could not follow the log.
//
// Every byte that is applied here was synced here first: what a killed process left in the page
// cache only must not be answered as "stored already" before it is on disk.

#include <cstdint>

#include "core/result.h"
#include "server/store/catalog.h"
#include "server/store/catalog_pool.h"
#include "server/store/ledger.h"
#include "server/store/log_writer.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

struct Recovered {
  LogWriter::Start start;
  std::uint64_t records = 0;      // entered into the catalogue
  std::uint64_t quarantined = 0;  // damaged bytes that were skipped
};

// A catalogue that was found damaged, by this or by `readers`, is made again; until that is done
// they are shut. Precondition: nobody appends meanwhile.
core::Result<Recovered> recover(SegmentFiles& segments, CatalogWriter& catalog, Ledger& ledger,
                                CatalogPool& readers);

}  // namespace honeyhive::server

#include "server/store/compression.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <memory>
#include <new>

namespace honeyhive::server {
namespace {

using core::Error;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Below 3 repeated phrases are missed, above it smaller frames cost several times the CPU
// (docs/log_format.md has the figures).
constexpr int compression_level = 3;

// Contexts are kept per thread. One there was no memory for is made by a later call.
ZSTD_CCtx* compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeContext> context;
  if (!context) {
    context.reset(ZSTD_createCCtx());
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, compression_level);
  }
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeContext> context;
  if (!context) context.reset(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

Error zstd_error(Error::Code code, std::size_t result) {
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  return {code, std::string("zstd: ") + ZSTD_getErrorName(result)};
}

}  // namespace

core::Result<std::string> compress(std::string_view bytes) {
  thread_local std::string scratch;  // so that the result is as small as it can be
  ZSTD_CCtx* const context = compressor();
  scratch.resize(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress2(context, scratch.data(), scratch.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) return zstd_error(Error::Code::internal, size);
  std::string compressed(scratch, 0, size);
  if (constexpr std::size_t kept = 8 << 20; scratch.size() > kept) std::string().swap(scratch);
  return compressed;
}

core::Result<std::string> decompress(std::string_view compressed, std::size_t raw_bytes) {
  ZSTD_DCtx* const context = decompressor();
  std::string bytes(raw_bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(context, bytes.data(), bytes.size(),
                                               compressed.data(), compressed.size());
  if (ZSTD_isError(size)) return zstd_error(Error::Code::malformed_data, size);
  if (size != raw_bytes) {
    return Error{Error::Code::malformed_data,
                 "zstd: " + std::to_string(size) + " bytes, not " + std::to_string(raw_bytes)};
  }
  return bytes;
}

}  // namespace honeyhive::server

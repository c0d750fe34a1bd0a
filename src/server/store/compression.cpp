#include "server/store/compression.h"

#include <zstd.h>

#include <memory>

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

ZSTD_CCtx* make_context() {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  if (!context) return nullptr;
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, compression_level);
  return context;
}

}  // namespace

core::Result<std::string> compress(std::string_view bytes) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(make_context());
  thread_local std::string scratch;  // so that the result is as small as it can be
  if (!context) return Error{Error::Code::unavailable, "zstd: no memory for a context"};
  scratch.resize(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress2(context.get(), scratch.data(), scratch.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) {
    return Error{Error::Code::internal, std::string("zstd: ") + ZSTD_getErrorName(size)};
  }
  std::string compressed(scratch, 0, size);
  if (constexpr std::size_t kept = 8 << 20; scratch.size() > kept) std::string().swap(scratch);
  return compressed;
}

core::Result<std::string> decompress(std::string_view compressed, std::size_t raw_bytes) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) return Error{Error::Code::unavailable, "zstd: no memory for a context"};
  std::string bytes(raw_bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(),
                                               compressed.data(), compressed.size());
  if (ZSTD_isError(size)) {
    return Error{Error::Code::malformed_data, std::string("zstd: ") + ZSTD_getErrorName(size)};
  }
  if (size != raw_bytes) {
    return Error{Error::Code::malformed_data,
                 "zstd: " + std::to_string(size) + " bytes, not " + std::to_string(raw_bytes)};
  }
  return bytes;
}

}  // namespace honeyhive::server

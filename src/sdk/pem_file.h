#pragma once

// A file of certificates or keys, looked into before it is used. Thread-safe.
//
// Source: RFC 7468 (textual encodings of PKIX structures); RFC 1421 for the header of keys that are
// encrypted the old way.

#include <string>

namespace honeyhive::sdk {

enum class PemContent : unsigned char { certificate, private_key, certificate_and_key };

// Why the file cannot be used: "cannot be read (No such file or directory); name ..."; "" if
// nothing speaks against it. Whether what it holds is valid is for TLS to say. Bound: 4 MiB
// (`limits::pem_file_bytes`).
std::string problem_of_pem_file(const std::string& path, PemContent wanted);

}  // namespace honeyhive::sdk

# Installs the SDK: headers, library and the CMake package (see tests/install).

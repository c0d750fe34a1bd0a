# Installs the SDK: headers, library, CMake package and pkg-config file; and the program, where it is
# built. tests/install builds a consumer against the result.
include(CMakePackageConfigHelpers)

set(honeyhive_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/honeyhive)

if(NOT TARGET honeyhive)
  return()
endif()

install(TARGETS honeyhive EXPORT honeyhiveTargets COMPONENT sdk FILE_SET HEADERS COMPONENT sdk)
install(EXPORT honeyhiveTargets NAMESPACE honeyhive:: DESTINATION ${honeyhive_package_dir}
        COMPONENT sdk)

# What a program must link beside libhoneyhive: everything the static library needs, nothing more of
# the shared one.
get_target_property(honeyhive_library_type honeyhive TYPE)
if(honeyhive_library_type STREQUAL STATIC_LIBRARY)
  set(honeyhive_is_static ON)
  set(honeyhive_pc_requires "Requires: libcurl zlib")
  set(honeyhive_pc_libs "-pthread")
else()
  set(honeyhive_is_static OFF)
endif()

configure_package_config_file(cmake/honeyhiveConfig.cmake.in honeyhiveConfig.cmake
                              INSTALL_DESTINATION ${honeyhive_package_dir})
write_basic_package_version_file(honeyhiveConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/honeyhiveConfig.cmake
              ${PROJECT_BINARY_DIR}/honeyhiveConfigVersion.cmake
        DESTINATION ${honeyhive_package_dir} COMPONENT sdk)

configure_file(cmake/honeyhive.pc.in honeyhive.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/honeyhive.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT sdk)

if(TARGET honeyhive_program)
  install(TARGETS honeyhive_program COMPONENT program)
endif()
install(FILES LICENSE THIRD_PARTY_NOTICES.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk)

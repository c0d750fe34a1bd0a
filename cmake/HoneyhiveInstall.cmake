# Installs the SDK: headers, library, CMake package and pkg-config file; and the program, where it is
# built. tests/install builds a consumer against the result.
include(CMakePackageConfigHelpers)

set(honeyhive_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/honeyhive)

install(TARGETS honeyhive EXPORT honeyhiveTargets COMPONENT sdk FILE_SET HEADERS COMPONENT sdk)
install(EXPORT honeyhiveTargets NAMESPACE honeyhive:: DESTINATION ${honeyhive_package_dir}
        COMPONENT sdk)

# What a program must find beside libhoneyhive: all that a static library links, nothing of a shared
# one's.
get_target_property(honeyhive_library_type honeyhive TYPE)
set(honeyhive_find_curl OFF)
set(honeyhive_find_zlib OFF)
if(honeyhive_library_type STREQUAL STATIC_LIBRARY)
  get_target_property(honeyhive_linked honeyhive LINK_LIBRARIES)
  if("CURL::libcurl" IN_LIST honeyhive_linked)
    set(honeyhive_find_curl ON)
    string(APPEND honeyhive_pc_requires " libcurl")
  endif()
  if("ZLIB::ZLIB" IN_LIST honeyhive_linked)
    set(honeyhive_find_zlib ON)
    string(APPEND honeyhive_pc_requires " zlib")
  endif()
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

# Licences go with each part: either may be given to others without the other.
set(honeyhive_licences LICENSE NOTICE THIRD_PARTY_NOTICES.md)
install(FILES ${honeyhive_licences} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk)
if(TARGET honeyhive_program)
  install(TARGETS honeyhive_program COMPONENT program)
  install(FILES ${honeyhive_licences} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
endif()

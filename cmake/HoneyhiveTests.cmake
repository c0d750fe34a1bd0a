# hh_test(<name> SOURCES <files> LINK <libraries>): one doctest program, found by ctest case by case.
find_package(doctest REQUIRED)
include(doctest)

add_library(hh_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/main.cpp)
target_link_libraries(hh_test_main PUBLIC hh_flags doctest::doctest)
target_include_directories(hh_test_main PUBLIC ${PROJECT_SOURCE_DIR}/tests)

function(hh_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "SOURCES;LINK")
  add_executable(${name} ${test_SOURCES})
  target_link_libraries(${name} PRIVATE hh_test_main ${test_LINK})
  doctest_discover_tests(${name} TEST_PREFIX "${name}: ")
endfunction()

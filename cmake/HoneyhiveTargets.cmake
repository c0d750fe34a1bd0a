# What every target of ours has in common.

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Flags for our own targets only; never exported to users. -Werror is the business of the ci preset.
add_library(hh_flags INTERFACE)
target_compile_features(hh_flags INTERFACE cxx_std_20)
target_compile_options(hh_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
target_include_directories(hh_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(HONEYHIVE_SANITIZE)
  target_compile_options(hh_flags INTERFACE -fsanitize=${HONEYHIVE_SANITIZE} -fno-omit-frame-pointer
                                            -fno-sanitize-recover=all)
  target_link_options(hh_flags INTERFACE -fsanitize=${HONEYHIVE_SANITIZE})
endif()

# hh_layer(<object library> [other layers]): one layer of src/; it sees src/ and what it links.
function(hh_layer target)
  target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:hh_flags> ${ARGN})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

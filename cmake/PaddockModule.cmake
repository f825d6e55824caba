# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# paddock_add_module(<name> SOURCES <file>... [LINKS <target>...])
#
# One folder of core is one static library paddock_<name> (alias paddock::<name>). LINKS names the
# modules it may use, so a wrong arrow between tiers is a link error as well as a test failure.
# Headers are included from the top of the source tree: #include "core/docker/ContainersApi.h".
function(paddock_add_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    add_library(paddock_${name} STATIC ${arg_SOURCES})
    add_library(paddock::${name} ALIAS paddock_${name})
    set_target_properties(paddock_${name} PROPERTIES AUTOMOC ON)
    target_include_directories(paddock_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_link_libraries(paddock_${name} PUBLIC Qt6::Core Qt6::Network tl::expected ${arg_LINKS}
        PRIVATE paddock_qt_flags)
    if(NOT name STREQUAL "base")
        target_precompile_headers(paddock_${name} REUSE_FROM paddock_base)
    endif()
endfunction()

# paddock_add_program(<target> OUTPUT <file name> SOURCES <file>... [LINKS <target>...])
function(paddock_add_program target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "SOURCES;LINKS")
    add_executable(${target} ${arg_SOURCES})
    set_target_properties(${target} PROPERTIES AUTOMOC ON OUTPUT_NAME "${arg_OUTPUT}")
    target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${target} PRIVATE paddock_qt_flags paddock_pie ${arg_LINKS})
endfunction()

# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Every test runs on the offscreen platform with the C locale unless its own ENVIRONMENT says
# otherwise. HOME and the XDG folders are made per process by paddock_test_support.
set(PADDOCK_TEST_ENVIRONMENT
    "QT_QPA_PLATFORM=offscreen" "LC_ALL=C.UTF-8" "TZ=UTC"
    "PADDOCK_BUILD_DIR=${CMAKE_BINARY_DIR}" "PADDOCK_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "ASAN_OPTIONS=detect_leaks=1:abort_on_error=0" "UBSAN_OPTIONS=print_stacktrace=1"
    "LSAN_OPTIONS=print_suppressions=0:suppressions=${CMAKE_SOURCE_DIR}/tests/support/leaks-of-others")

# paddock_add_test_program(<tst_Name> SOURCES <file>... [LINKS <target>...])
# A Qt Test executable without a ctest entry of its own; paddock_add_case makes the entries.
function(paddock_add_test_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE paddock_qt_flags paddock_pie paddock_test_support
        Qt6::Test ${arg_LINKS})
    target_precompile_headers(${name} REUSE_FROM paddock_base)
endfunction()

# paddock_add_test(<tst_Name> SOURCES <file>... LABELS <label>... [LINKS <target>...]
#                  [TIMEOUT <seconds>] [ENVIRONMENT <VAR=value>...])
function(paddock_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINKS;LABELS;ENVIRONMENT")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    paddock_add_test_program(${name} SOURCES ${arg_SOURCES} LINKS ${arg_LINKS})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "${PADDOCK_TEST_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# paddock_add_case(<attack.A3> PROGRAM <tst_Name> FUNCTION <test function>... LABELS <label>...
#                  [TIMEOUT <seconds>])
# One case of the security document: its own ctest entry, which runs the named test functions of
# a program made by paddock_add_test_program.
function(paddock_add_case name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PROGRAM;TIMEOUT" "FUNCTION;LABELS;ENVIRONMENT")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_test(NAME ${name} COMMAND ${arg_PROGRAM} ${arg_FUNCTION})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "${PADDOCK_TEST_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# paddock_add_fuzzer(<name> SOURCES <file>... CORPUS <folder> [LINKS <target>...])
# With PADDOCK_BUILD_FUZZ (clang) a libFuzzer program fuzz_<name> and its campaign.<name>; else a
# replay program that runs the corpus through the same entry point, as ctest entry fuzz.<name>.
function(paddock_add_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;LINKS")
    if(PADDOCK_BUILD_FUZZ)
        add_executable(fuzz_${name} ${arg_SOURCES})
        target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        target_include_directories(fuzz_${name} PRIVATE "${CMAKE_SOURCE_DIR}")
        target_link_libraries(fuzz_${name} PRIVATE paddock_build_flags ${arg_LINKS})
        set_target_properties(fuzz_${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
        add_test(NAME campaign.${name} COMMAND "${CMAKE_SOURCE_DIR}/tests/fuzz/campaign.sh"
            "${CMAKE_BINARY_DIR}/fuzz/fuzz_${name}" "${arg_CORPUS}")
        set_tests_properties(campaign.${name} PROPERTIES LABELS "fuzz;full" TIMEOUT 36000)
    else()
        add_executable(replay_${name} ${arg_SOURCES} "${CMAKE_SOURCE_DIR}/tests/fuzz/replay.cpp")
        target_include_directories(replay_${name} PRIVATE "${CMAKE_SOURCE_DIR}")
        target_link_libraries(replay_${name} PRIVATE paddock_build_flags paddock_pie ${arg_LINKS})
        set_target_properties(replay_${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
        add_test(NAME fuzz.${name} COMMAND replay_${name} "${arg_CORPUS}")
        set_tests_properties(fuzz.${name} PROPERTIES LABELS "fuzz" TIMEOUT 120
            ENVIRONMENT "${PADDOCK_TEST_ENVIRONMENT}")
    endif()
endfunction()

# paddock_add_bench(<name> SOURCES <file>... [LINKS <target>...])
# A program in <build>/bench that prints JSON lines; packaging/bench runs every file there.
function(paddock_add_bench name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
    add_executable(bench_${name} ${arg_SOURCES})
    set_target_properties(bench_${name} PROPERTIES AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
    target_include_directories(bench_${name} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(bench_${name} PRIVATE paddock_qt_flags paddock_pie ${arg_LINKS})
endfunction()

# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything that decides how code is compiled lives in interface targets here, so that no other
# CMakeLists.txt sets a flag:
#   paddock_build_flags   language level, warnings, hardening, sanitizers (also for code without Qt)
#   paddock_qt_flags      the above plus the strict Qt macros

find_program(PADDOCK_CCACHE ccache)
if(PADDOCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${PADDOCK_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PADDOCK_CCACHE}")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -fPIC everywhere and -pie by paddock_pie (see below) instead of CMake's PIC/PIE split: executables
# and libraries then share one precompiled header. CMake's own -no-pie stays off (policy CMP0083
# acts only after check_pie_supported, which is not called).
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

add_library(paddock_build_flags INTERFACE)
target_compile_features(paddock_build_flags INTERFACE cxx_std_20)
target_compile_options(paddock_build_flags INTERFACE
    -fPIC
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
    -Wold-style-cast -Wformat=2 -Wnull-dereference
    $<$<BOOL:${PADDOCK_WERROR}>:-Werror>
    -fstack-protector-strong -fstack-clash-protection
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
    $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
# GCC 12 reports null dereferences inside inlined Qt and standard library code at -O2.
target_compile_options(paddock_build_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-Wno-null-dereference>)
target_link_options(paddock_build_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

if(PADDOCK_SANITIZE)
    target_compile_options(paddock_build_flags INTERFACE
        -fsanitize=${PADDOCK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(paddock_build_flags INTERFACE -fsanitize=${PADDOCK_SANITIZE})
endif()

# The code under test counts its branches for libFuzzer; without this a campaign is blind.
if(PADDOCK_BUILD_FUZZ)
    target_compile_options(paddock_build_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Position independent executables, for everything but the static shim.
add_library(paddock_pie INTERFACE)
target_link_options(paddock_pie INTERFACE -pie)

add_library(paddock_qt_flags INTERFACE)
target_link_libraries(paddock_qt_flags INTERFACE paddock_build_flags)
target_compile_definitions(paddock_qt_flags INTERFACE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_FOREACH
    QT_NO_KEYWORDS QT_STRICT_ITERATORS
    QT_DISABLE_DEPRECATED_BEFORE=0x060400)

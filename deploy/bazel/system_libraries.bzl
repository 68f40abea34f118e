"""The libraries of the system, one repository with one cc_library each.

Headers come from /usr/include, which the compiler knows; the repositories exist so that every use of a library is
written as a dependency.
"""

_BUILD = """
package(default_visibility = ["//visibility:public"])

cc_library(
    name = "{name}",
    linkopts = {linkopts},
)
"""

_LIBRARIES = {
    "curl": ["-lcurl"],
    "gtest": ["-lgtest_main", "-lgtest", "-lgmock", "-lpthread"],
    "jansson": ["-ljansson"],
    "libevent": ["-levent_core", "-levent_extra"],
    "libyaml": ["-lyaml"],
    "openssl": ["-lssl", "-lcrypto"],
    "protobuf_c": ["-lprotobuf-c"],
    # The archive, not the shared object: the stub must need libc alone, and export its init function alone.
    "protobuf_c_static": ["-l:libprotobuf-c.a", "-Wl,--exclude-libs,ALL"],
    "sqlite": ["-lsqlite3"],
}

def system_libraries():
    for name, linkopts in _LIBRARIES.items():
        native.new_local_repository(
            name = name,
            path = "deploy/bazel/system",
            build_file_content = _BUILD.format(name = name, linkopts = linkopts),
        )

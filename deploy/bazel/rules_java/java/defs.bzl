"""Stands in for rules_java, which Bazel's own toolchain files load: the rules are still built into Bazel 4."""

java_binary = native.java_binary
java_import = native.java_import
java_library = native.java_library
java_runtime = native.java_runtime
java_toolchain = native.java_toolchain

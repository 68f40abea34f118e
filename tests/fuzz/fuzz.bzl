"""fuzz_target(): a libFuzzer program (with --config=fuzz), and a test that replays its corpus with any compiler."""

load("//deploy/bazel:copts.bzl", "CXXOPTS")

def fuzz_target(name, deps, linkopts = [], **kwargs):
    """srcs: <name>.cc; corpus: corpus/<name>/*."""
    corpus = native.glob(["corpus/%s/*" % name])
    native.cc_test(
        name = name + "_replay_test",
        size = "small",
        srcs = [
            name + ".cc",
            "replay.cc",
        ],
        args = ["$(location %s)" % file for file in corpus],
        copts = CXXOPTS,
        data = corpus,
        linkopts = linkopts,
        deps = deps,
        **kwargs
    )

    # bazel run --config=fuzz //tests/fuzz:<name> -- -max_total_time=60 <folder of the corpus>
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        copts = CXXOPTS,
        linkopts = ["-fsanitize=fuzzer"] + linkopts,
        tags = ["manual"],
        deps = deps,
    )

"""protobuf_c_sources(): the .pb-c.h and .pb-c.c of a .proto file, made by the system's protoc-c."""

def protobuf_c_sources(name, src, **kwargs):
    base = src[:-len(".proto")]
    native.genrule(
        name = name,
        srcs = [src],
        outs = [base + ".pb-c.h", base + ".pb-c.c"],
        cmd = "protoc-c --proto_path=$$(dirname $(location {src})) --c_out=$(RULEDIR) $(location {src})".format(src = src),
        **kwargs
    )

"""How lines are hooked on each CPython: the files hook_<mechanism>*. stub/setup.py has the same table.

And how imports are noticed: import_source_eval.c on 3.6 and 3.7, where there are no audit events, else import_source_audit.c.
"""

MECHANISMS = {
    "cp36": "trampoline",
    "cp37": "trampoline",
    "cp38": "trampoline",
    "cp39": "trampoline",
    "cp310": "trampoline",
    "cp311": "clone",
    "cp312": "monitoring",
    "cp313": "monitoring",
    "cp314": "monitoring",
    "cp315": "monitoring",
}

def tags_of(mechanism):
    """The interpreters whose lines are hooked by it."""
    return [tag for tag in MECHANISMS if MECHANISMS[tag] == mechanism]

def other_mechanisms(tag):
    """Patterns of the files that are not for this interpreter."""
    others = [name for name in ["clone", "monitoring", "trampoline"] if name != MECHANISMS[tag]]
    import_source = "audit" if tag in ["cp36", "cp37"] else "eval"
    return ["hook_%s*.%s" % (name, extension) for name in others for extension in ["c", "h"]] + [
        "import_source_%s.c" % import_source,
    ]

"""How lines are hooked on each CPython: the files hook_<mechanism>*. stub/setup.py has the same table."""

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
    return ["hook_%s*.%s" % (name, extension) for name in others for extension in ["c", "h"]]

"""What would change an app, hang it or run its code if it were evaluated by eval(): joins the themes of this folder.

Expressions have the names of hostile_app.make_state(). In each theme there is at least one that eval() is seen to change the
app with; a few are harmless where they stand between others that are not. Functions, methods and properties look as if they
only computed, and change something, each in its own way; a function is called with what make_state() has under the names of
its parameters. Nothing else calls them.
"""

from hostile import attributes, calls, containers, costs, descriptors, disguises, generators, iteration, library, lookalikes, members, numbers_and_members, special_methods, syntax, system
from hostile import functions_of_arguments, functions_with_classes, functions_with_exceptions, functions_with_state, functions_without_end

EXPRESSIONS = (iteration, generators, special_methods, calls, attributes, descriptors, containers, library, lookalikes, numbers_and_members, system, costs, syntax, disguises)
FUNCTIONS = (functions_of_arguments, functions_with_state, functions_with_classes, functions_with_exceptions, functions_without_end)
WITH_STATE = (members, descriptors, generators, lookalikes, numbers_and_members)
OF_THE_APP = {module.__name__ for module in FUNCTIONS + WITH_STATE}


def _functions(module):
    return {name: function for name, function in vars(module.Functions).items() if callable(function) and not name.startswith("__")}


def _call(name, function):
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + bool(code.co_flags & 4)]
    defaults = len(function.__defaults__ or ())
    return "%s(%s)" % (name, ", ".join(names[: len(names) - defaults]))


def expressions():
    """(theme, expression)s, to be evaluated where the names of make_state() and of namespace() are known."""
    for module in EXPRESSIONS:
        for theme, text in module.THEMES.items():
            for line in filter(None, text.splitlines()):
                yield theme, line
    for module in FUNCTIONS:
        for name, function in _functions(module).items():
            yield "functions of the app", _call(name, function)
    for name, value in vars(members.Subtle).items():
        if isinstance(value, property):
            yield "methods and properties of the app", "subtle." + name
    for line in filter(None, members.OF_SUBTLE.splitlines()):
        yield "methods and properties of the app", line


def namespace():
    """The functions and objects of the app, and the globals that they change."""
    found = {"subtle": members.Subtle(), "Subtle": members.Subtle, "container": members.SubtleContainer(a=1)}
    found.update(descriptors.NAMES)
    found.update(generators.NAMES)
    found.update(lookalikes.OBJECTS)
    found.update(numbers_and_members.OBJECTS)
    found.update(disguises.objects())
    for module in FUNCTIONS:
        found.update(_functions(module))
    for module in FUNCTIONS + WITH_STATE:
        found["state of " + module.__name__] = vars(module)
    return found

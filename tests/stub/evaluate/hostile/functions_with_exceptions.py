"""Functions that raise and catch exceptions whose classes do something when one is made, asked for or matched."""

registry = []


class OwnInit(Exception):
    def __init__(self, *arguments, **details):
        registry.append(arguments)


class OwnNew(Exception):
    def __new__(cls, *arguments):
        registry.append(cls)
        return Exception.__new__(cls, *arguments)


class Other(Exception):
    def __new__(cls, *arguments):
        registry.append(cls)
        return arguments


class Counted(KeyError):
    count = 0

    def __init__(self, key):
        type(self).count += 1
        super().__init__(key)


class WithText(Exception):
    def __str__(self):
        registry.append("str")
        return "text"

    __repr__ = __str__


class WithAttributes(Exception):
    def __getattribute__(self, name):
        registry.append(name)
        return Exception.__getattribute__(self, name)

    def __setattr__(self, name, value):
        registry.append(name)

    def with_traceback(self, traceback):
        registry.append("traceback")
        return self


class WithProperties(Exception):
    @property
    def args(self):
        registry.append("args")
        return ()

    @property
    def __cause__(self):
        registry.append("cause")

    @property
    def __class__(self):
        registry.append("class")
        return KeyError


class WithEquality(Exception):
    def __eq__(self, other):
        registry.append(other)
        return True

    def __hash__(self):
        registry.append("hash")
        return 1


class WithEnd(Exception):
    def __init__(self, text):
        registry.append(text)

    def __del__(self):
        registry.append("end")


class MetaCall(type):
    def __call__(cls, *arguments):
        registry.append(arguments)
        return type.__call__(cls, *arguments)


class MetaChecks(type):
    def __instancecheck__(cls, value):
        registry.append(value)
        return True

    def __subclasscheck__(cls, value):
        registry.append(value)
        return True


class MetaAttributes(type):
    def __getattribute__(cls, name):
        registry.append(name)
        return type.__getattribute__(cls, name)

    def mro(cls):
        registry.append("mro")
        return type.mro(cls)


class Called(Exception, metaclass=MetaCall):
    pass


class Checked(Exception, metaclass=MetaChecks):
    def __init__(self, *arguments):
        registry.append(arguments)


class Asked(Exception, metaclass=MetaAttributes):
    def __init__(self, *arguments):
        registry.append(arguments)


class InitOfDescriptor(Exception):
    @property
    def __init__(self):
        registry.append("init")
        return lambda *arguments: registry.append(arguments)


class InitOfC(Exception):
    __init__ = registry.append


class Callable:
    def __call__(self, *arguments):
        registry.append(arguments)

    def __get__(self, instance, owner):
        registry.append(owner)
        return self


class InitOfObject(Exception):
    __init__ = Callable()


class NewOfObject(Exception):
    __new__ = Callable()


class Factory:
    error = OwnInit

    @property
    def computed(self):
        registry.append("computed")
        return OwnInit

    @staticmethod
    def make(text):
        registry.append(text)
        return ValueError(text)

    @staticmethod
    def make_own(text):
        return OwnInit(text)

    def __getattr__(self, name):
        registry.append(name)
        return OwnInit


factory = Factory()
made = OwnInit("made")
del registry[:]


def _raising(make):
    def raising(number):
        try:
            raise make(number)
        except Exception:
            return 1

    return raising


class Functions:
    def raise_own_init(number):
        try:
            raise OwnInit(number, more=1)
        except OwnInit:
            return 1

    def raise_own_init_out(number):
        raise OwnInit(number)

    def raise_own_init_class(number):
        try:
            raise OwnInit
        except OwnInit:
            return 1

    def raise_own_new(number):
        try:
            raise OwnNew(number)
        except OwnNew:
            return 1

    def raise_other(number):
        try:
            raise Other(number)
        except Exception:
            return 1

    def raise_counted(number):
        try:
            raise Counted(number)
        except KeyError:
            return Counted.count

    def raise_and_read(number):
        try:
            raise OwnInit(number)
        except OwnInit as error:
            return error.args

    def raise_and_format(number):
        try:
            raise WithText(number)
        except WithText as error:
            return "%s" % error

    def raise_with_text(number):
        raise WithText(number)

    def raise_with_attributes(number):
        try:
            raise WithAttributes(number)
        except WithAttributes as error:
            error.seen = True
            return error.args

    def raise_with_properties(number):
        try:
            raise WithProperties(number)
        except KeyError:
            return 1
        except WithProperties as error:
            return error.args

    def raise_with_equality(number):
        try:
            raise WithEquality(number)
        except WithEquality as error:
            return error == 1

    def raise_with_end(number):
        try:
            raise WithEnd(number)
        except WithEnd:
            return 1

    def raise_called(number):
        try:
            raise Called(number)
        except Called:
            return 1

    def raise_called_class(number):
        try:
            raise Called
        except Called:
            return 1

    def raise_checked(number):
        try:
            raise Checked(number)
        except Checked:
            return 1

    def catch_checked(number):
        try:
            raise OwnInit(number)
        except (Checked, OwnInit):
            return isinstance(1, Checked)

    def raise_asked(number):
        try:
            raise Asked(number)
        except Asked:
            return Asked.__name__

    def raise_init_of_descriptor(number):
        try:
            raise InitOfDescriptor(number)
        except InitOfDescriptor:
            return 1

    def raise_init_of_c(number):
        try:
            raise InitOfC(number)
        except InitOfC:
            return 1

    def raise_init_of_object(number):
        try:
            raise InitOfObject(number)
        except InitOfObject:
            return 1

    def raise_new_of_object(number):
        try:
            raise NewOfObject(number)
        except Exception:
            return 1

    def raise_of_attribute(number):
        try:
            raise factory.error(number)
        except OwnInit:
            return 1

    def raise_of_property(number):
        try:
            raise factory.computed(number)
        except OwnInit:
            return 1

    def raise_of_missing(number):
        try:
            raise factory.missing(number)
        except OwnInit:
            return 1

    def raise_of_factory(number):
        try:
            raise factory.make(number)
        except ValueError:
            return 1

    def raise_of_own_factory(number):
        try:
            raise factory.make_own(number)
        except OwnInit:
            return 1

    def raise_with_changing_argument(items):
        try:
            raise OwnInit(items.append(1))
        except OwnInit:
            return 1

    def raise_with_changing_keyword(items):
        try:
            raise OwnInit(text=items.append(1))
        except OwnInit:
            return 1

    def raise_with_changing_list(items):
        try:
            raise OwnInit(*[items.append(1)])
        except OwnInit:
            return 1

    def raise_from_changing(items):
        try:
            raise ValueError from OwnInit(items.append(1))
        except ValueError:
            return 1

    def raise_from_caught(number):
        try:
            try:
                raise OwnInit(number)
            except OwnInit as error:
                raise Counted(number) from error
        except KeyError:
            return 1

    def raise_with_traceback(number):
        try:
            raise WithAttributes(number).with_traceback(None)
        except WithAttributes:
            return 1

    def raise_changed(number):
        made.args = (number,)
        raise made

    def raise_noted(number):
        try:
            raise made
        except OwnInit as error:
            error.add_note("seen") if hasattr(error, "add_note") else registry.append(1)
            raise

    def raise_by_parameter(Trap):
        try:
            raise Trap(1)
        except TypeError:
            return 1

    def raise_again(number):
        try:
            try:
                raise OwnInit(number)
            except OwnInit:
                registry.append(number)
                raise
        except OwnInit:
            return 1

    def raise_in_handler(number):
        try:
            raise OwnInit(number)
        except OwnInit:
            return registry.append(number)

    def raise_in_finally(number):
        try:
            raise OwnInit(number)
        except OwnInit:
            pass
        finally:
            registry.append(number)

    def raise_in_else(number):
        try:
            pass
        except OwnInit:
            pass
        else:
            raise OwnInit(registry.append(number))

    def catch_by_call(number):
        try:
            raise OwnInit(number)
        except registry.append(1) or OwnInit:
            return 1

    def assert_with_changing_text(items):
        assert not items, items.append(1)

    raising_own_init = _raising(OwnInit)
    raising_factory = _raising(factory.make)
    raising_call = _raising(lambda number: registry.append(number) or ValueError())

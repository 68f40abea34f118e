"""Descriptors of classes of the app that do more than look: by __get__, by what is found in its place, by their class and its class."""

import functools
import types

registry = []
counter = 0


class Counting:
    def __get__(self, instance, owner):
        global counter
        counter += 1
        return counter


class KeepingInInstance:
    def __set_name__(self, owner, name):
        registry.append(name)
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        instance.__dict__[self.name] = 1
        return 1


class KeepingByCall:
    def __get__(self, instance, owner):
        return registry.append(instance) or 1


class KeepingInItself:
    reads = 0

    def __get__(self, instance, owner):
        self.reads += 1
        return self.reads


class KeepingInOwner:
    def __get__(self, instance, owner):
        owner.seen = True
        return owner.seen


class KeepingByDefault:
    def __get__(self, instance, owner, seen=[]):  # noqa: B006
        seen.append(instance)
        return seen


class AskingForItself:
    """Its class looks for its attributes; Python does not ask it for __get__."""

    def __getattribute__(self, name):
        registry.append(name)
        return object.__getattribute__(self, name)

    def __get__(self, instance, owner):
        return 5


class AskedForMore(AskingForItself):
    def __get__(self, instance, owner):
        return self.more


class MetaOfDescriptor(type):
    def __getattribute__(cls, name):
        registry.append(name)
        return type.__getattribute__(cls, name)

    def __instancecheck__(cls, value):
        registry.append(value)
        return True

    def __subclasscheck__(cls, value):
        registry.append(value)
        return True

    def __call__(cls, *arguments):
        registry.append(arguments)
        return type.__call__(cls, *arguments)


class OfMeta(metaclass=MetaOfDescriptor):
    def __get__(self, instance, owner):
        return OfMeta.total

    total = 1


class Checks:
    def __get__(self, instance, owner):
        return isinstance(instance, OfMeta) or issubclass(owner, OfMeta)


class Makes:
    def __get__(self, instance, owner):
        return OfMeta()


class GetOfC:
    __get__ = registry.append


class GetOfCForTwo:
    __get__ = functools.partial(registry.insert, 0)


class GetIsStatic:
    @staticmethod
    def __get__(instance, owner):
        registry.append(instance)
        return 1


class GetIsOfClass:
    @classmethod
    def __get__(cls, instance, owner):
        registry.append(instance)
        return 1


class CallableGet:
    def __call__(self, instance, owner):
        registry.append(instance)
        return 1


class GetIsObject:
    __get__ = CallableGet()


class GetIsDescriptor:
    @property
    def __get__(self):
        registry.append(self)
        return lambda instance, owner: 1


class WithGetattr:
    """There is no __get__, and nobody asks for it."""

    def __getattr__(self, name):
        registry.append(name)
        return lambda *arguments: registry.append(arguments)


class Loud(property):
    def __get__(self, instance, owner=None):
        registry.append("loud")
        return super().__get__(instance, owner)


class Wrapped(property):
    @property
    def fget(self):
        registry.append("fget")
        return len


class LoudClassMethod(classmethod):
    def __get__(self, instance, owner=None):
        registry.append("class method")
        return super().__get__(instance, owner)


class LoudStaticMethod(staticmethod):
    def __get__(self, instance, owner=None):
        registry.append("static method")
        return super().__get__(instance, owner)


class LoudDynamic(types.DynamicClassAttribute):
    def __get__(self, instance, owner=None):
        registry.append("dynamic")
        return super().__get__(instance, owner)


class Setting:
    def __get__(self, instance, owner):
        instance.plain = 5
        return instance.plain

    def __set__(self, instance, value):
        registry.append(value)

    def __delete__(self, instance):
        registry.append("deleted")


class Deleting:
    def __get__(self, instance, owner):
        del instance.plain
        return 1


class Raising:
    def __get__(self, instance, owner):
        registry.append("raising")
        raise AttributeError("asks for __getattr__")


class Calling:
    def __get__(self, instance, owner):
        return instance.change()


class Generating:
    def __get__(self, instance, owner):
        registry.append(1)
        yield 1


class Awaited:
    async def __get__(self, instance, owner):
        registry.append(1)


class Meta(type):
    def __init__(cls, *arguments):
        type.__init__(cls, *arguments)
        cls.created = len(registry)

    @property
    def counted(cls):
        cls.created += 1
        return cls.created

    @counted.setter
    def counted(cls, value):
        registry.append(value)

    of_meta = KeepingInOwner()
    of_call = KeepingByCall()

    def register(cls):
        registry.append(cls)
        return cls

    def __getattr__(cls, name):
        registry.append(name)
        setattr(cls, name, 1)
        return 1


class Holder(metaclass=Meta):
    def __init__(self):
        self.plain = 1

    def change(self):
        self.plain += 1
        return self.plain

    counting, keeping, by_call, in_itself = Counting(), KeepingInInstance(), KeepingByCall(), KeepingInItself()
    in_owner, by_default, asking, asked_for_more = KeepingInOwner(), KeepingByDefault(), AskingForItself(), AskedForMore()
    of_meta_class, checks, makes = OfMeta(), Checks(), Makes()
    of_c, of_c_for_two, is_static, is_of_class = GetOfC(), GetOfCForTwo(), GetIsStatic(), GetIsOfClass()
    is_object, is_descriptor, with_getattr = GetIsObject(), GetIsDescriptor(), WithGetattr()
    loud, wrapped = Loud(lambda self: self.plain), Wrapped(lambda self: self.change())
    loud_class_method, loud_static_method = LoudClassMethod(len), LoudStaticMethod(len)
    dynamic, loud_dynamic = types.DynamicClassAttribute(change), LoudDynamic(lambda self: self.plain)
    setting, deleting, raising, calling, generating = Setting(), Deleting(), Raising(), Calling(), Generating()
    awaited, by_property, by_partial = Awaited(), property(registry.append), property(functools.partial(registry.append))

    def __getattr__(self, name):
        registry.append(name)
        return 1


class Inherits(Holder):
    def __init__(self):
        super().__init__()
        self.__get__ = lambda instance, owner: registry.append(instance)

    def of_super(self):
        return super().by_call

    @classmethod
    def of_super_class(cls):
        return super().by_call


_NAMES = (
    "counting keeping by_call in_itself in_owner by_default asking asked_for_more of_meta_class checks makes of_c of_c_for_two is_static is_of_class"
    " is_object is_descriptor with_getattr loud wrapped loud_class_method loud_static_method dynamic loud_dynamic setting deleting raising calling"
    " generating awaited by_property by_partial"
).split()
_FORMS = ("descriptor_holder.%s", "DescriptorHolder.%s", "hasattr(descriptor_heir, '%s')", "getattr(DescriptorHeir, '%s', 1)")

THEMES = {"descriptors of classes of the app": "\n".join(form % name for name in _NAMES for form in _FORMS)}

THEMES["attributes by metaclasses"] = """
DescriptorHolder.counted
DescriptorHolder.counted > 0 or 1
DescriptorHeir.counted
DescriptorHolder.of_meta
DescriptorHolder.of_call
DescriptorHolder.register()
DescriptorHeir.register()
DescriptorHolder.missing
hasattr(DescriptorHolder, 'missing')
getattr(DescriptorHolder, 'missing', None)
DescriptorHeir.missing.real
descriptor_holder.missing
descriptor_heir.of_super()
descriptor_heir.of_super_class()
DescriptorHeir.of_super_class()
[holder.counting for holder in (descriptor_holder, descriptor_heir)]
any(holder.keeping for holder in (descriptor_holder, descriptor_heir))
sorted([descriptor_holder], key=lambda holder: holder.in_itself)
f'{descriptor_holder.setting}'
descriptor_holder.calling + 1
list(descriptor_holder.generating)
descriptor_holder.generating
next(descriptor_holder.generating)
list(DescriptorHolder.generating)
descriptor_holder.keeping if descriptor_holder.by_call else 0
DescriptorHolder.__dict__['counting'].__get__(descriptor_holder, DescriptorHolder)
DescriptorHolder.__dict__['setting'].__set__(descriptor_holder, 1)
type(descriptor_holder).keeping.__get__(descriptor_holder, None)
DescriptorHolder.keeping.__set_name__(DescriptorHolder, 'other')
"""

NAMES = {"descriptor_holder": Holder(), "descriptor_heir": Inherits(), "DescriptorHolder": Holder, "DescriptorHeir": Inherits}

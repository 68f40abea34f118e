"""Syntax that binds a name, hides a call or is of a newer CPython."""

THEMES = {}

THEMES["syntax that binds or hides"] = """
(items := [])
[items := 5 for x in [1]]
[(y := x) for x in items]
any((y := x) for x in items)
(lambda: (z := 5))()
(lambda: items.append(1))()
(lambda x=items.append(1): x)()
(lambda *a: a[0].append(1))(items)
(lambda f: f(1))(items.append)
[(lambda: items.pop())() for x in [1]]
[trap for trap.data in [1]]
[0 for items[0] in [5]]
[0 for mapping['a'] in [5]]
[0 for items[0:1] in [[5]]]
[0 for trap.x, y in [(1, 2)]]
[0 for (items[0], trap.x) in [(1, 2)]]
[0 for [mapping['z']] in [[1]]]
[0 for *trap.rest, x in [(1, 2)]]
{0 for trap.data in [1]}
{0: 0 for trap.data in [1]}
(0 for trap.data in [1])
any(0 for trap.data in [1])
list(0 for items[0] in [5])
[x for x in items if items.append(x)]
[x for x in items if items.pop()]
[items.append(x) for x in [1]]
{items.append(x) for x in [1]}
{x: items.append(x) for x in [1]}
[[items.append(y) for y in [x]] for x in [1]]
[x for x in [items.append(1)]]
[x for x in items.append(1) or []]
items.append(1) if True else None
None if items.append(1) else None
items.append(1) and 1
items.append(1) or 1
not items.append(1)
[items.append(1)]
(items.append(1),)
{items.append(1): 1}
{'a': items.append(1)}
{items.append(1)}
items[items.append(1) or 0]
items[items.append(1):]
items.append(1) == items.append(2)
1 < 2 < items.append(3)
1 if 1 else items.append(1)
len([items.append(1)])
len(*[items.append(1)])
dict(a=items.append(1))
dict(**{'a': items.append(1)})
print(*items)
[*items, items.append(1)]
{**mapping, 'x': items.append(1)}
[*trap]
{**trap}
(*trap,)
-items.append(1)
items.append(1).x
items.append(1)()
f'{items.append(1)!r:>{items.append(2)}}'
f'{items.append(1)=}'
'%s' % items.append(1)
'\\d'
'\\777'
b'\\777'
b'\\N'
b'\\u1234'
f'{"\\d"}'
f'\\d{number}'
f'{number:\\d}'
f'{'\\d'}'
1if 1else 2
0x1for x in items
1or 2
1is 1
number is 7
number is not 'a'
'a' is 'a'
() is ()
(1, 2)(3)
[1, 2](3)
[1, 2][3, 4]
'a'(1)
'a'['b']
1()
...()
{1}[0]
(x for x in items)[0]
number == (yield)
[(yield) for x in items]
[(await x) for x in items]
t'{trap}'
t'{items.append(1)}'
lambda: items.append(1)
lambda x=items.append(1): x
__debug__
__name__
__builtins__
__builtins__.clear()
__builtins__['print']('x')
__loader__
__spec__
__file__
items.__class__.__base__.__subclasses__()
().__class__.__base__.__subclasses__()[0]
(1).__class__.__mro__[-1].__subclasses__()
[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen']
trap.__init__.__globals__['calls'].append(1)
type(trap).__len__.__globals__['calls'].clear()
"""

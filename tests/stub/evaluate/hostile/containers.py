"""Values that pass for builtin ones: keys whose comparison runs code, subclasses of builtins."""

THEMES = {}

THEMES["keys that compare"] = """
colliding[1]
colliding.get(1)
colliding.get(1.0)
colliding.get(True)
1 in colliding
1 in colliding.keys()
(1, [1]) in colliding.items()
colliding == {1: [1]}
{1: [1]} == colliding
colliding.keys() == {1}
colliding.keys() & {1}
colliding.keys() | {1}
colliding.keys() - {1}
{1} & colliding.keys()
colliding.keys().isdisjoint({1})
colliding.items() == {1: [1]}.items()
{**colliding}
{**colliding, 1: 2}
dict(colliding)
colliding.copy()
colliding | {1: 2}
{1: 2} | colliding
{k: v for k, v in colliding.items()}
{k for k in colliding}
set(colliding)
frozenset(colliding)
list(colliding)
sorted(colliding)
[k == 1 for k in colliding]
max(colliding)
1 in colliding_set
1 in colliding_frozenset
1 in set(colliding_set)
colliding_set & {1}
{1} & colliding_set
colliding_set | {1}
{1} | colliding_set
colliding_set - {1}
{1} - colliding_set
colliding_set ^ {1}
{1} ^ colliding_frozenset
colliding_set <= {1}
colliding_set < {1, 2}
{1} <= colliding_set
colliding_set == {1}
{1} == colliding_set
colliding_set != {1}
{1}.issubset(colliding_set)
{1}.union(colliding_set)
{1}.intersection(colliding_set)
{1}.isdisjoint(colliding_set)
colliding_set.issuperset([1])
colliding_set.union([1])
colliding_set.copy()
{x for x in colliding_set}
set(colliding_set) | {1}
hash(colliding_frozenset)
{colliding_frozenset}
{colliding_frozenset: 1}
{colliding_frozenset} & {frozenset([1])}
frozenset([1]) == colliding_frozenset
colliding_frozenset in {frozenset([1])}
colliding_set in [{1}]
[colliding_set] == [{1}]
{'a': colliding} == {'a': {1: [1]}}
colliding_text['a']
colliding_text.get('a')
'a' in colliding_text
colliding_text == {'a': 1}
'%(a)s' % colliding_text
'{a}'.format_map(colliding_text)
'{a}'.format(**colliding_text)
quiet_keys['a']
quiet_keys.get('a')
'a' in quiet_keys
quiet_keys == {'a': [1]}
quiet_keys.keys() & {'a'}
'%(a)s' % quiet_keys
trap_keys[trap]
trap in trap_keys
trap_keys == trap_keys
trap_keys[1]
1 in trap_keys
tuple_keys[(1, 2)]
(1, 2) in tuple_keys
(1, 2) in tuple_keys.keys()
tuple_keys == {(1, 2): [1]}
mapping[trap_text]
mapping[quiet_text]
quiet_text in mapping
mapping.get(quiet_text)
trap_text in mapping
{quiet_text: 1}
{quiet_text}
{quiet_text, 'a'}
{'a': 1}[quiet_text]
quiet_text == 'a'
'a' == quiet_text
quiet_text in ['a']
['a'].index(quiet_text)
quiet_text in 'abc'
'abc'.startswith(quiet_text)
{1: 1}[equal]
equal in {1: 1}
{equal, 1}
{1: 1, equal: 2}
{equal: 1, 1: 2}
[x for x in {1: 1} if x == equal]
mapping[trap_int]
{1: 'a'}[trap_int]
{1: 'a'}[trap_float]
trap_int in {1}
{trap_tuple: 1}
{(1, trap): 2}
{(1, (2, trap)): 3}
{(1, quiet_text)}
hash((1, trap))
hash(trap_pair)
hash(trap_frozenset)
{trap_frozenset}
{aware: 1}
{Color.RED}
{trap_decimal}
{trap_uuid: 1}
{1: 1}.get(trap_decimal)
weak_dict['a']
weak_dict.get('a')
weak_dict.pop('a')
weak_keys[trap]
trap in weak_keys
trap in weak_set
len(weak_set)
weak_set.add(trap)
weak_dict.valuerefs()
"""

THEMES["subclasses of builtins"] = """
trap_text == 'a'
'a' == trap_text
trap_text != 'b'
trap_text < 'b'
'a' < trap_text
trap_text + 'a'
'a' + trap_text
trap_text * 2
trap_text % 1
'%s' % trap_text
'%s %s' % (1, trap_text)
'a' in trap_text
trap_text in 'abc'
trap_text in ['a']
trap_text[0]
trap_text[:1]
len(trap_text)
bool(trap_text)
not trap_text
str(trap_text)
repr(trap_text)
f'{trap_text}'
f'{trap_text:>5}'
f'{trap_text!r}'
f'{trap_text!s}'
'{}'.format(trap_text)
''.join([trap_text])
trap_text.join(['a', 'b'])
trap_text.startswith('a')
trap_text.upper()
trap_text.lower()
trap_text.format(1)
trap_text.encode()
trap_text.split()
trap_text.replace('a', 'b')
trap_text.strip()
'abc'.startswith(trap_text)
'abc'.replace(trap_text, 'x')
'abc'.find(trap_text)
'abc'.split(trap_text)
text.join(trap_text)
list(trap_text)
[c for c in trap_text]
sorted(trap_text)
max(trap_text, 'b')
sorted([trap_text, 'b'])
int(trap_text)
float(trap_text)
ord(trap_text)
eval(trap_text)
trap_int == 1
1 == trap_int
trap_int + 1
1 + trap_int
-trap_int
~trap_int
abs(trap_int)
trap_int < 2
1 < trap_int
trap_int ** 2
2 ** trap_int
1 << trap_int
divmod(trap_int, 1)
divmod(5, trap_int)
items[trap_int]
items[trap_int:]
items[:trap_int]
pair[trap_int]
text[trap_int]
range(trap_int)
range(5)[trap_int]
trap_int in range(5)
trap_int in [1]
trap_int in (2, 3)
[0] * trap_int
'a' * trap_int
trap_int * 'a'
bool(trap_int)
not trap_int
trap_int or 1
str(trap_int)
repr(trap_int)
hex(trap_int)
chr(trap_int)
f'{trap_int}'
f'{trap_int:d}'
'%d' % trap_int
'%*d' % (trap_int, 1)
'%.*f' % (trap_int, 1.0)
int(trap_int)
float(trap_int)
round(1.5, trap_int)
round(trap_int)
sum([trap_int])
sum([1, 2], trap_int)
max(trap_int, 0)
min([trap_int, 2])
sorted([trap_int, 0])
trap_int.bit_length()
trap_int.real
trap_int.numerator
trap_int.to_bytes(2, 'big')
'abc'.find('a', trap_int)
items.index(3, trap_int)
trap_float == 1.5
trap_float + 1
1 + trap_float
round(trap_float)
int(trap_float)
float(trap_float)
f'{trap_float:.2f}'
trap_float.is_integer()
trap_float.real
complex(trap_float)
trap_bytes == b'ab'
b'a' + trap_bytes
trap_bytes[0]
trap_bytes.decode()
b'a' in trap_bytes
trap_bytes in b'abc'
b''.join([trap_bytes])
bytes(trap_bytes)
len(trap_bytes)
trap_tuple[0]
trap_tuple == (1, 2)
(1, 2) == trap_tuple
(1,) + trap_tuple
trap_tuple + (1,)
1 in trap_tuple
len(trap_tuple)
[x for x in trap_tuple]
list(trap_tuple)
tuple(trap_tuple)
'%s %s' % trap_tuple
sum(trap_tuple)
max(trap_tuple)
[a for a, b in [trap_tuple]]
isinstance(1, trap_tuple)
'a'.startswith(trap_tuple)
hash(trap_tuple)
trap_list[0]
trap_list[:]
trap_list == [1, 2]
[1, 2] == trap_list
[] + trap_list
trap_list + []
trap_list * 2
1 in trap_list
len(trap_list)
bool(trap_list)
[x for x in trap_list]
list(trap_list)
sorted(trap_list)
sum(trap_list)
any(trap_list)
max(trap_list)
','.join(trap_list)
[*trap_list]
[a for a, b in [trap_list]]
trap_list.index(1)
trap_list.count(1)
trap_list.copy()
trap_list.append(1)
str(trap_list)
str([trap_list])
enumerate(trap_list)
zip(trap_list, trap_list)
reversed(trap_list)
set(trap_list)
trap_set == {1}
1 in trap_set
len(trap_set)
trap_set | {1}
{1} | trap_set
{1} <= trap_set
trap_set.issubset({1})
{1}.issubset(trap_set)
[x for x in trap_set]
list(trap_set)
trap_set.copy()
trap_set in [{1}]
trap_frozenset == {1}
1 in trap_frozenset
{trap_frozenset: 1}
trap_dict['a']
trap_dict['missing']
trap_dict.get('a')
'a' in trap_dict
len(trap_dict)
bool(trap_dict)
trap_dict == {'a': 1}
{'a': 1} == trap_dict
trap_dict.keys()
trap_dict.items()
trap_dict.values()
[k for k in trap_dict]
list(trap_dict)
sorted(trap_dict)
dict(trap_dict)
{**trap_dict}
trap_dict | {}
{} | trap_dict
trap_dict.copy()
'%(a)s' % trap_dict
str(trap_dict)
trap_mapping['a']
'a' in trap_mapping
len(trap_mapping)
trap_mapping.get('a')
trap_mapping == {'a': 1}
list(trap_mapping)
trap_mapping.keys()
dict(trap_mapping)
{**trap_mapping}
function(**trap_mapping)
function(*trap_list)
[*trap_tuple]
"""

THEMES["methods by their class, and views as sets"] = """
str.upper('a')
str.upper(trap_text)
str.join(',', iterator)
list.append(items, 1)
list.pop(items)
list.__len__(items)
list.__getitem__(items, 0)
list.__contains__(items, trap)
dict.get(mapping, trap)
dict.get(default, 'zz')
dict.__getitem__(default, 'zz')
dict.setdefault(mapping, 'x', 1)
dict.fromkeys([1], [])
dict.fromkeys(iterator)
dict.items(trap_dict)
set.add(numbers_set, 9)
set.__contains__(numbers_set, trap)
str.format('{}', trap)
str.format('{0.data}', trap)
str.__mod__('%s', trap)
int.__add__(1, trap_int)
int.__eq__(1, trap)
object.__eq__(trap, 1)
object.__repr__(trap)
object.__str__(trap)
object.__hash__(trap)
object.__getattribute__(trap, 'lazy')
object.__format__(trap, '')
object.__ne__(trap, 1)
type.__call__(int, '5')
tuple.__new__(tuple, iterator)
int.__new__(TrapInt, 5)
str.__new__(TrapText, 'a')
list.__init__(items)
list.__iter__(items)
list.__reversed__(items)
list.sort(items)
float.fromhex('1')
int.from_bytes(trap, 'big')
bytes.fromhex('00')
str.maketrans({'a': trap})
'a'.translate(trap_dict)
'a'.translate(default)
mapping.keys() & iterator
mapping.keys() | generator
mapping.keys() - [trap]
mapping.keys() ^ {trap}
mapping.items() & [trap]
mapping.items() & mapping.items()
colliding_text.keys() == {'a'}
colliding.keys() <= {1}
{1} == colliding.keys()
mapping.keys() == trap
trap == mapping.keys()
mapping.keys().isdisjoint(iterator)
mapping.keys().isdisjoint([trap])
mapping.items() == views
mapping.keys().mapping
mapping.keys() < keys
default.keys() & {'zz'}
views == views
[v for v in views]
trap in views
(1, trap) in mapping.items()
('a', trap) in mapping.items()
(trap, 1) in mapping.items()
trap in mapping.values()
"""

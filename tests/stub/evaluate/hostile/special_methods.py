"""Special methods of the app: an operator, a builtin or a method of a builtin calls them."""

THEMES = {}

THEMES["special methods by operators"] = """
trap == 1
1 == trap
1 != trap
trap < 1
1 < trap
1 <= trap <= 2
trap == trap
trap != trap
trap in items
items in [trap]
1 in trap
trap in trap
trap in [1, 2]
1 in [2, trap]
trap in (1,)
1 in trap_pair
'x' in trap_pair
trap in {1: 2}
trap in {1}
trap in text
text in trap
trap in range(5)
trap in b'abc'
trap in views
trap in values
trap in keys
trap + 1
1 + trap
trap - 1
1 - trap
trap * 2
2 * trap
'a' * trap
[0] * trap
trap * [0]
trap / 2
2 / trap
trap // 2
2 // trap
trap % 2
2 % trap
trap ** 2
2 ** trap
trap @ 1
1 @ trap
trap << 1
1 << trap
trap >> 1
1 >> trap
trap & 1
{1} & trap
trap | 1
{1: 1} | trap
trap ^ 1
numbers_set - trap
items + trap
text + trap
b'a' + trap
1.5 + trap
1j * trap
when - trap
day + trap
price + trap
fraction * trap
-trap
+trap
~trap
not trap
not not trap
trap and 1
trap or 1
1 and trap and 2
0 or trap or 2
1 if trap else 2
[1 for x in items if trap]
any(trap for x in [1])
all([trap])
any([0, trap])
trap[0]
trap['key']
trap[0:1]
trap[:]
trap[::trap]
trap[...]
trap[1, 2]
items[trap]
items[trap:]
items[:trap]
items[::trap]
pair[trap]
text[trap]
text[trap:]
b'abc'[trap]
range(5)[trap]
{1: 2}[trap]
mapping[trap]
trap()
trap(1, 2)
trap(*items)
trap(**mapping)
{trap}
{trap: 1}
{1: trap} == {1: 2}
[trap] == [1]
[trap] == [trap]
[trap] < [1]
(1, trap) < (1, 2)
(trap,) == (1,)
trap_pair == (1, 2)
trap_pair < (1, 2)
holder == [1]
holder != [1]
holder == holder
holder.index(1)
holder.count(1)
trap_values == {'a': 1}
trap_values.items() == {'a': 1}.items()
('a', 1) in trap_values.items()
1 in trap_values.values()
[1] in [holder]
{1: [trap]} == {1: [2]}
frozenset([1]) == trap
trap == frozenset([1])
trap == None
None == trap
trap is None or trap == None
trap == ...
trap != 'a'
(trap == 1) is True
trap.data == [1] or trap == 1
unhashed == 1
{unhashed}
unhashed in {1}
1 in old_iteration
[x for x in old_iteration]
list(old_iteration)
old_iteration[0]
equal == 1
equal in items
items.index(equal)
"""

THEMES["special methods by builtins and methods"] = """
str(trap)
repr(trap)
ascii(trap)
format(trap)
format(trap, 'x')
bytes(trap)
bytearray(trap)
hash(trap)
bool(trap)
len(trap)
int(trap)
float(trap)
complex(trap)
complex(1, trap)
abs(trap)
round(trap)
round(1.5, trap)
divmod(trap, 1)
divmod(1, trap)
pow(trap, 2)
pow(2, trap)
pow(2, 3, trap)
hex(trap)
oct(trap)
bin(trap)
chr(trap)
ord(trap)
range(trap)
range(1, trap)
slice(trap).indices(5)
slice(1, 2).indices(trap)
iter(trap)
next(trap)
reversed(trap)
list(trap)
tuple(trap)
set(trap)
frozenset(trap)
dict(trap)
dict(a=trap)['a'].data
enumerate(items, trap)
zip(trap)
map(trap, items)
list(map(trap, items))
filter(trap, items)
sum(trap)
sum([trap])
sum([1], trap)
min(trap)
min(trap, 1)
min(1, trap)
max([1, trap])
max(trap_pair)
sorted(trap)
sorted(holder + [1])
sorted([trap, trap])
any(trap)
all(trap)
callable(trap)
id(trap)
type(trap)(1)
dir(trap)
vars(trap)
isinstance(trap, trap)
issubclass(Trap, trap)
isinstance(1, trap)
memoryview(trap)
print(trap)
input(trap)
open(trap)
compile(trap, '', 'eval')
eval(trap)
exec(trap)
type(trap, (), {})
object.__repr__(trap)
object.__str__(trap)
object.__eq__(trap, 1)
object.__hash__(trap)
super(Trap, trap).__repr__()
trap.__eq__(1)
trap.__class__.__eq__(trap, 1)
Trap.__len__(trap)
Trap.__dict__['__len__'](trap)
''.join([trap])
''.join(trap)
','.join(holder)
text.startswith(trap)
text.startswith((text, trap))
text.find(trap)
text.find('t', trap)
text.index('t', trap)
text.count('t', trap, 5)
text.replace('a', trap)
text.replace('a', 'b', trap)
text.split(trap)
text.split('a', trap)
text.strip(trap)
text.ljust(trap)
text.center(10, trap)
text.zfill(trap)
text.expandtabs(trap)
text.translate(trap)
text.translate({116: trap})
text.partition(trap)
text.splitlines(trap)
text.encode(trap)
text.format(trap)
'{}'.format(trap)
'{0.computed}'.format(trap)
'{0[0]}'.format(trap)
'{:{}}'.format(1, trap)
'{0!r}'.format(trap)
'{x}'.format_map(trap)
b''.join([trap])
b'abc'.find(trap)
b'abc'.startswith(trap)
b'abc'.decode(trap)
b'abc'.replace(b'a', trap)
b'abc'.hex(trap)
bytes.fromhex(trap)
int.from_bytes(trap, 'big')
(5).to_bytes(trap, 'big')
(5).to_bytes(2, trap)
int('5', trap)
int(text, base=trap)
float.fromhex(trap)
(1.5).__round__(trap)
items.index(trap)
items.index(1, trap)
items.count(trap)
pair.index(trap)
pair.count(trap)
mapping.get(trap)
mapping.get('z', trap).anything
mapping.__contains__(trap)
numbers_set.__contains__(trap)
numbers_set.issubset(trap)
numbers_set.union(trap)
numbers_set.intersection(holder)
numbers_set.isdisjoint(trap)
dict.fromkeys(trap)
dict.fromkeys([trap])
range(5).index(trap)
range(5).count(trap)
deque.count(trap)
deque.index(trap)
when.replace(year=trap)
when.isoformat(trap)
when.strftime(trap)
datetime.date(trap, 1, 1)
datetime.timedelta(trap)
decimal.Decimal(trap)
fractions.Fraction(trap)
uuid.UUID(trap)
operator.index(trap)
operator.length_hint(trap)
sys.getsizeof(trap)
os.fspath(trap)
copy.copy(trap)
copy.deepcopy(trap)
copy.deepcopy(holder)
pickle.dumps(trap)
json.dumps(trap)
json.dumps([trap], default=function)
"""

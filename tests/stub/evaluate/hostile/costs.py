"""Time and memory: results too large, and work too long, to be begun."""

THEMES = {}

THEMES["time and memory"] = """
10 ** 10 ** 8
2 ** 10 ** 9
(2 ** 60) ** 10 ** 7
7 ** (7 ** 7 ** 7)
10 ** -10 ** 9
2.0 ** 10 ** 400
pow(10, 10 ** 8)
pow(3, 10 ** 9, 10 ** 9)
(10).__pow__(10 ** 9)
int.__pow__(10, 10 ** 9)
1 << 10 ** 11
1 << (1 << 70)
-1 << 10 ** 12
(1 << 10 ** 6) << 10 ** 9
big ** big
big * big * big
[big ** 50 for x in range(10 ** 6)]
big ** 1000 // 7 % 3
'x' * 10 ** 9
10 ** 10 * 'x'
b'x' * 10 ** 10
[0] * 10 ** 10
[[0] * 1000] * 10 ** 7
(0,) * 10 ** 9
items * 10 ** 9
text * (1 << 40)
'x' * 10 ** 6 * 10 ** 3
['x' * 10 ** 6 for x in range(10 ** 4)]
['x' * 10 ** 5 + str(x) for x in range(10 ** 5)]
[list(range(10 ** 4)) for x in range(10 ** 4)]
{x: 'x' * 10 ** 5 for x in range(10 ** 5)}
('x' * 10 ** 6, 'y' * 10 ** 6, 'z' * 10 ** 6) * 10
'%1000000000d' % 1
'%.1000000000f' % 1.5
'%0999999999d' % 1
'%-999999999s' % 'x'
'%*d' % (10 ** 9, 1)
'%s' * 10 ** 5 % tuple(range(10 ** 5))
f'{1:1000000000}'
f'{1.5:.999999999f}'
f'{"x":>999999999}'
f'{1:0{10 ** 9}}'
f'{1:{10 ** 9}d}'
'{:999999999}'.format(1)
'{:{}}'.format(1, 10 ** 9)
format(1, '999999999')
'x'.ljust(10 ** 9)
'x'.center(10 ** 10)
'x'.zfill(10 ** 9)
'\\t'.expandtabs(10 ** 9)
'x'.replace('', 'y' * 10 ** 8)
('x' * 10 ** 5).replace('x', 'y' * 10 ** 5)
huge_text.replace('a', huge_text)
huge_text.join([huge_text] * 10 ** 4)
huge_text.join(huge_text)
huge_text.split('a')
huge_text.count('a' * 5000 + 'b')
huge_text.find('a' * 50000 + 'c')
('a' * 50000 + 'c') in huge_text
'a' * 50000 in huge_text
huge_text.translate({97: huge_text})
list(huge_text)
[a for a in huge_text for b in huge_text]
list(range(10 ** 9))
tuple(range(10 ** 9))
set(range(10 ** 9))
sum(range(10 ** 12))
max(range(10 ** 12))
min(range(10 ** 12))
sorted(range(10 ** 9))
sorted(long_list * 100)
any(x < 0 for x in range(10 ** 12))
all(x >= 0 for x in range(10 ** 12))
sum(1 for x in range(10 ** 12))
len([x for x in range(10 ** 12)])
[x for x in range(10 ** 5) for y in range(10 ** 5)]
[[y for y in range(10 ** 4)] for x in range(10 ** 4)]
any(x == y for x in long_list for y in long_list)
-1 in long_list * 5 + long_list
-1 in range(-10, 10 ** 20, 7)
1.5 in range(10 ** 12)
'x' in range(10 ** 12)
range(10 ** 12).index(10 ** 12 - 1)
range(10 ** 12).count(1.5)
range(10 ** 12) == range(10 ** 12 + 1)
list(reversed(range(10 ** 9)))
list(zip(range(10 ** 9), range(10 ** 9)))
list(enumerate(range(10 ** 9)))
dict.fromkeys(range(10 ** 9))
dict(zip(range(10 ** 9), range(10 ** 9)))
bytes(10 ** 10)
bytes(range(256)) * 10 ** 8
bytearray(10 ** 10)
int('9' * 10 ** 6)
int('9' * 4299)
int('f' * 10 ** 6, 16)
str(10 ** 10 ** 5)
str(big ** 100)
repr(big ** 100)
hex(1 << 10 ** 7)
float('9' * 10 ** 6)
'%d' % big ** 100
f'{big ** 100}'
round(5, -10 ** 9)
round(big, -10 ** 6)
divmod(big ** 20, big ** 10)
(big ** 1000).bit_length()
hash(big ** 1000)
hash('x' * 10 ** 9)
big.to_bytes(10 ** 9, 'big')
(1).to_bytes(10 ** 10, 'big')
complex('1' * 10 ** 6)
huge_text == huge_text + ''
huge_text.upper().lower().title()
huge_text * 100 < huge_text * 101
recursive == recursive_dict
recursive == [recursive]
[recursive] == recursive
recursive == [[[recursive]]]
recursive in recursive
recursive < [recursive]
str(recursive)
repr(recursive_dict)
f'{recursive}'
sorted([recursive, [recursive]])
max(recursive, [recursive])
hash((1, recursive))
deep == [deep]
deep == deep
[deep] == [deep]
deep < deep
deep in [[deep]]
str(deep)
repr(deep)
'%s' % deep
sorted([deep, [deep]])
recursive_dict == recursive_dict['self']
recursive_dict == {'self': recursive_dict}
json.dumps(recursive)
copy.deepcopy(deep)
list(itertools.product(range(1000), repeat=10))
sum([[x] for x in range(10 ** 4)], [])
sum([long_list, long_list], [])
max([long_list, long_list])
[long_list == long_list + [1] for x in range(1000)]
[sorted(long_list) for x in range(1000)]
any(sorted(long_list) for x in range(10 ** 6) if x < 0)
set(long_list) | set(long_list)
frozenset(long_list) & frozenset(long_list)
{x: x for x in range(10 ** 6)}
{str(x) for x in range(10 ** 6)}
(lambda f: f(f))(lambda f: f(f))
[0 for a in range(99) for b in range(99) for c in range(99) for d in range(99)]
"""

THEMES["work in one step"] = """
('a' * 500000).find('a' * 125000 + 'b' + 'a' * 125000)
('a' * 500000).rfind('a' * 125000 + 'b' + 'a' * 125000)
('a' * 500000).index('a' * 125000 + 'b' + 'a' * 125000)
('a' * 500000).rindex('a' * 125000 + 'b' + 'a' * 125000)
('a' * 500000).count('a' * 125000 + 'b' + 'a' * 125000)
('a' * 500000).find('a' * 125000 + 'b')
('a' * 500000).rfind('b' + 'a' * 125000)
('\\u20ac' * 200000).rfind('\\u20ac' * 50000 + 'b' + '\\u20ac' * 50000)
('a' * 250000 + '\\u20ac').find('a' * 60000 + 'b' + 'a' * 60000)
'a' * 125000 + 'b' + 'a' * 125000 in 'a' * 500000
('a' * 250000).replace('a' * 60000 + 'b' + 'a' * 60000, '')
('a' * 15000).split('a' * 5000 + 'b' + 'a' * 5000)
('a' * 15000).rsplit('a' * 5000 + 'b' + 'a' * 5000)
('a' * 15000).split(sep='a' * 5000 + 'b' + 'a' * 5000)
('a' * 15000).partition('a' * 5000 + 'b' + 'a' * 5000)
('a' * 15000).rpartition('a' * 5000 + 'b' + 'a' * 5000)
(b'a' * 500000).find(b'a' * 125000 + b'b' + b'a' * 125000)
(b'a' * 500000).rfind(b'a' * 125000 + b'b' + b'a' * 125000)
(b'a' * 500000).count(b'a' * 125000 + b'b' + b'a' * 125000)
(b'a' * 250000).replace(b'a' * 60000 + b'b' + b'a' * 60000, b'')
b'a' * 125000 + b'b' + b'a' * 125000 in b'a' * 500000
[huge_text.rfind('a' * 300 + 'c' + 'a' * 300) for x in range(1000)]
('a' * 300000).strip('b' * 299999 + 'a')
('a' * 300000).lstrip('\\xe9' * 299999 + 'a')
('a' * 300000).rstrip('\\u20ac' * 99999 + 'a')
(b'a' * 300000).strip(b'b' * 299999 + b'a')
huge_text.startswith((huge_text + '',) * 99)
huge_text.endswith((huge_text * 9,) * 99)
sum([0] * 100000, 1 << 8 * 10 ** 6)
sum([1 << 8 * 10 ** 6] + [0] * 100000)
sum((0 for x in range(10 ** 5)), 1 << 8 * 10 ** 6)
sum([1 << x for x in range(3000)] * 40)
sum([1.5] * 100000, 1 << 1000)
hash((1 << 8 * 10 ** 6,) * 10000)
hash(((1 << 8 * 10 ** 6,) * 100,) * 100)
{(1 << 8 * 10 ** 6,) * 1000}
{(1 << 8 * 10 ** 6,) * 1000: 1}
(1 << 8 * 10 ** 6,) * 1000 in {1, 2}
hash((b'a' * 10 ** 6,) * 1000)
hash(tuple('a' * 10 ** 5 + str(x) for x in range(100)))
hash(frozenset(range(32000)))
1 ** (1 << 8 * 10 ** 6)
0 ** (1 << 8 * 10 ** 6)
(-1) ** (1 << 8 * 10 ** 6)
True ** (1 << 8 * 10 ** 6)
pow(1, 1 << 8 * 10 ** 6)
0 << 10 ** 10
0 << (1 << 8 * 10 ** 6)
int(b'9' * 10 ** 6)
int(b'9' * 10 ** 6, 36)
float(b'9' * 10 ** 6)
'%s' * 90 % (('x' * 10 ** 6,) * 90)
'%s%s' % ('x' * 10 ** 6, 'x' * 10 ** 6)
'%s%s' % ('x' * 9 * 10 ** 5, '\\U0001f600')
'%r' * 90 % (('\\x00' * 10 ** 5,) * 90)
'%r' % ('\\x00' * 10 ** 6)
'%a' % ('\\u20ac' * 5 * 10 ** 5)
'%-10s%5r' % ('x', '\\x00' * 10 ** 6)
'%(a)s%(a)s%(a)s' % {'a': 'x' * 10 ** 6}
'%(a)r%(a)r' % {'a': '\\x00' * 10 ** 5}
'%s ' * 90 % ((1 << 14000,) * 90)
'%x' * 90 % ((1 << 8 * 10 ** 6,) * 90)
'%.9999f' * 100 % ((5e-324,) * 100)
str([1 << 14000] * 90)
repr(['\\x00' * 10 ** 5, '\\U0001f600'])
ascii('\\u20ac' * 3 * 10 ** 5)
repr('\\x00' * 10 ** 6)
f"{'\\x00' * 10 ** 6!r}"
math.lcm(*[(1 << 2000) + x for x in range(60)])
math.gcd(*[(1 << 2900) + x for x in range(60)])
math.isqrt(1 << 10 ** 6)
math.nextafter(1.0, 2.0, steps=10 ** 9)
datetime.timedelta(1) * (1 << 8 * 10 ** 6)
datetime.timedelta(1) // (1 << 8 * 10 ** 6)
datetime.timedelta(10 ** 400)
1e308 % 5e-324
divmod(1e308, 5e-324)
decimal.Decimal('1e999999999') % 7
decimal.Decimal('1e999999999') + 1
decimal.Decimal('1e999999999') == 10 ** 300
int(decimal.Decimal('1e999999999'))
round(decimal.Decimal('1e999999'), 2)
'%d' % decimal.Decimal('1e999999999')
f"{decimal.Decimal('1e999999999'):f}"
f"{decimal.Decimal('1e-999999999'):f}"
decimal.Decimal('1e999999999').as_integer_ratio()
decimal.Decimal('1.000000001') ** decimal.Decimal('1e15')
decimal.Decimal('1' * 4999) / decimal.Decimal('7' * 4999)
((1 << 6 * 10 ** 5) - 1) % ((1 << 3 * 10 ** 5) - 1)
((1 << 6 * 10 ** 5) - 1) / ((1 << 5 * 10 ** 5) - 1)
pow((1 << 25000) - 1, -1, (1 << 25000) - 3)
pow(True, (1 << 30000) - 1, (1 << 30000) - 1)
re.search('(' * 5000 + 'a' + ')' * 5000, 'a')
re.search('((a{100}){100}){100}', 'a' * 1000)
re.search('(a|aa)+$', 'a' * 100 + 'b')
re.search('|'.join(['ab'] * 300), 'a' * 10000)
re.search('.*.*.*=.*', 'x' * 10000)
pattern.match('a' * 40 + 'b')
len(range(1 << 3000))
[x for x in range(1 << 3000)]
(1 << 2000) in range(0, 1 << 3000, 3)
[*range(131072), *range(131072)]
[('x' * 10 ** 6)[x:] for x in range(1000)]
(1).to_bytes(1048577, 'big')
"""

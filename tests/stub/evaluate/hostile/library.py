"""Values of the standard library that cache, count or are owned elsewhere: dates, decimals, buffers, weak references."""

THEMES = {}

THEMES["dates, decimals, formats"] = """
trap_date == when
when == trap_date
when < trap_date
when - trap_date
trap_date - when
trap_date + datetime.timedelta(1)
str(trap_date)
f'{trap_date}'
f'{trap_date:%Y}'
'%s' % trap_date
trap_date.isoformat()
trap_date.date()
trap_date.year
trap_date in [when]
{trap_date: 1}
sorted([trap_date, when])
aware.utcoffset()
aware.dst()
aware.tzname()
aware.astimezone(zone)
aware.isoformat()
aware.timestamp()
aware.utctimetuple()
aware.timetuple()
aware.strftime('%z')
str(aware)
repr(aware)
hash(aware)
f'{aware}'
aware == when
aware == aware
aware < aware
aware - aware
aware + datetime.timedelta(1)
aware in [aware]
aware in [when]
[aware] == [when]
{aware}
max(aware, aware)
sorted([aware, aware])
aware.replace(hour=1)
aware.tzinfo.utcoffset(aware)
aware_time.utcoffset()
aware_time == aware_time
aware_time.isoformat()
str(aware_time)
hash(aware_time)
when.astimezone(zone)
datetime.datetime.now(zone)
datetime.datetime.now()
datetime.datetime.fromtimestamp(0, zone)
datetime.datetime.combine(day, aware_time)
datetime.datetime.strptime('2020', '%Y')
datetime.timezone(datetime.timedelta(1)).utcoffset(aware)
when.strftime('%Y')
when.strftime('%' * 1000)
day.strftime('%Y')
f'{day:%Y}'
f'{when:%H}'
format(day, '%Y')
'{:%Y}'.format(day)
day.ctime()
when.timestamp()
time.strftime('%Y')
time.time()
time.sleep(0)
time.tzset()
zone.fromutc(aware)
price / 3
1 / price
price ** 0.5
price ** price
price.sqrt()
price.ln()
price.quantize(decimal.Decimal('0.1'))
price.to_integral_value()
price.exp()
round(price)
round(price, 1)
decimal.Decimal(1) / decimal.Decimal(3)
decimal.Decimal('x')
decimal.Decimal('1e999999') * 10
decimal.Decimal(0.1) + price
price == 1.1
price < 1.5
price in [1.1]
price == decimal.Decimal('sNaN')
decimal.Decimal('1' * 100) + 1
-decimal.Decimal('1' * 100)
abs(decimal.Decimal('1' * 100))
+decimal.Decimal('1' * 100)
decimal.getcontext().clear_flags()
decimal.getcontext().flags
decimal.getcontext().prec
decimal.setcontext(decimal_context)
decimal.localcontext().__enter__()
decimal_context.divide(1, 3)
decimal_context.create_decimal('1' * 100)
decimal_context.flags
decimal_context.clear_flags()
f'{price:.1f}'
f'{price:.999999999f}'
'%d' % price
int(price)
float(price)
str(price)
hash(price)
trap_decimal == 1
trap_decimal + 1
1 + trap_decimal
price + trap_decimal
trap_decimal < price
fraction + 1
fraction * fraction
fraction == trap_fraction
trap_fraction + 1
fraction + trap_fraction
fraction.limit_denominator(5)
fraction._numerator
hash(fraction)
round(fraction)
unique == trap_uuid
trap_uuid == unique
trap_uuid.hex
str(trap_uuid)
unique.hex
unique.int
unique.__setattr__('x', 1)
uuid.uuid4()
uuid.uuid1()
f'{trap}'
f'{trap!r}'
f'{trap!s}'
f'{trap!a}'
f'{trap:x}'
f'{trap.computed}'
f'{trap.lazy}'
f'{1:{trap}}'
f'{1:{trap.lazy}}'
f'{[trap]}'
f'{items.append(1)}'
f'{next(iterator)}'
f'{1:{items.append(1)}}'
f'{default["missing"]}'
f'{trap=}'
f'{trap_text + "a"}'
f'{items!r:>{trap_int}}'
'%s' % trap
'%r' % trap
'%a' % trap
'%d' % trap
'%x' % trap
'%c' % trap
'%f' % trap
'%i' % (trap,)
'%s %s' % (1, trap)
'%s' % [trap]
'%s' % (trap_pair,)
'%s' % {1: trap}
'%(a)s' % {'a': trap}
'%(computed)s' % trap
'%*d' % (trap, 1)
b'%s' % trap
b'%d' % trap
b'%b' % buffer
str(holder)
repr(trap_values)
str(trap_pair)
repr([[trap]])
str({trap})
'{0}'.format(trap)
'{0.data}'.format(trap)
'{a.lazy}'.format(a=trap)
'{0[key]}'.format(trap)
'{0[missing]}'.format(default)
'{0.__class__.__init__.__globals__}'.format(trap)
format(1, trap_text)
format(1.5, 'n')
f'{1:n}'
print('x')
print('x', file=file)
print(trap, end='')
str(b'x')
str(b'x', 'utf-8')
f'{b"x"}'
'%s' % b'x'
str([b'x'])
"""

THEMES["buffers, weak references, finalizers"] = """
memory[0]
memory[0:2]
memory.tobytes()
memory.tolist()
memory.release()
memory.cast('b')
memory.obj
memory.obj.append(1)
memory.__setitem__(0, 1)
memory.__enter__()
memory == b'x'
memory == data
b'd' in memory
100 in memory
len(memory)
list(memory)
[x for x in memory]
bytes(memory)
hash(memory)
memory.hex()
memory.nbytes
memory.toreadonly()
memoryview(data)
memoryview(data)[0]
memoryview(data).release()
memoryview(b'abc') == data
bytes(data)
bytearray(data)
data[0]
data[0:2]
data == b'data'
b'data' == data
b'd' in data
data in b'data'
data in [b'data']
[b'data'] == [data]
b'a' + data
data + b'a'
data * 2
data.decode()
data.startswith(b'd')
b'datadata'.startswith(data)
b''.join([data])
data.find(b'a')
b'data'.find(data)
data.hex()
data.copy()
len(data)
int.from_bytes(data, 'big')
struct.unpack_from('i', data)
struct.pack_into('i', data, 0, 1)
struct_.unpack(data)
struct_.pack_into(data, 0, 5)
struct_.iter_unpack(data)
array_[0]
array_.tolist()
array_.tobytes()
array_.buffer_info()
array_ == array_
1 in array_
[x for x in array_]
mapped_file[0]
mapped_file[0:5]
mapped_file.read(1)
mapped_file.read_byte()
mapped_file.write(b'x')
mapped_file.write_byte(1)
mapped_file.seek(5)
mapped_file.tell()
mapped_file.resize(1)
mapped_file.close()
mapped_file.flush()
mapped_file.move(0, 1, 2)
mapped_file.__setitem__(0, 1)
len(mapped_file)
b'a' in mapped_file
mmap.mmap(-1, 10)
c_array[0]
c_array.__setitem__(0, 5)
list(c_array)
c_pointer.contents
c_pointer.contents.value
c_pointer[0]
c_pointer[100000000]
ctypes.memset(c_array, 0, 4)
ctypes.memmove(c_array, data, 4)
ctypes.cast(c_array, ctypes.c_void_p)
ctypes.string_at(0)
ctypes.CDLL(None)
ctypes.pythonapi
ctypes.py_object(trap)
ctypes.addressof(c_array)
ctypes.c_int(5).value
bytes(buffer)
memoryview(buffer)
b'a' + buffer
b''.join([buffer])
b'buffer'.startswith(buffer)
buffer in b'x'
b'x'.find(buffer)
b'x' == buffer
int.from_bytes(buffer, 'big')
bytes_io.write(buffer)
bytes_io.getbuffer()
bytes_io.getbuffer().release()
reference()
reference().data.append(1)
reference.__call__()
weakref.ref(trap)
weakref.ref(trap, function)
weakref.proxy(trap)
weakref.WeakSet([trap])
weakref.getweakrefcount(trap)
weakref.getweakrefs(trap)
trap.__weakref__
finalizer()
finalizer.detach()
finalizer.peek()
finalizer.alive
finalizer.atexit
weak_dict['a'].data
weak_dict.clear()
list(weak_dict)
weak_set.clear()
finalized.__del__()
Finalized().__del__()
[Finalized() for x in items]
{Finalized(): 1}
(Finalized(), 1)[1]
gc.collect()
gc.disable()
gc.freeze()
gc.get_objects()
gc.get_referrers(trap)
gc.set_threshold(1)
gc.callbacks.append(1)
gc.garbage
lock.acquire()
lock.locked()
lock.__enter__()
rlock.acquire()
event.set()
event.wait(0)
event.is_set()
"""

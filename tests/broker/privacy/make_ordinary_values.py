"""Prints 5,000 values that an ordinary app has and that are no secrets, one JSON string a line: what redaction by form must
leave alone. Numbers and ids of every kind are made with their own check digits; sentences talk of passwords, too."""

import base64
import hashlib
import json
import random
import uuid

rnd = random.Random(20240229)  # the same in each build

WORDS = """account address amount apple archive arrow autumn bakery balance banner basket battery beach bicycle blanket bottle
branch bridge bright browser budget button cabinet camera campaign candle capital castle category channel charge cheese
circle climate cloud coffee column comfort company compass concert contract copper corner country coupon courier credit
culture customer dashboard dealer default delivery deposit desert device dialog dinner discount display district doctor
document domain dragon drawer editor effort engine entry error evening event example export fabric factor family feature
filter finger flight floor flower folder forest format fortune frame friend future galaxy garden gateway gender glass
gravity grocery group guitar hammer harbor header height history holiday honey hotel hunter image import index insight
invoice island jacket journey jungle keyboard kitchen ladder landscape language laptop lemon letter library license
lighting limit logger magnet manager margin market master matrix meadow member memory message meter middle mirror mobile
model module monitor monkey morning motion mountain museum music network notebook number object office orange order
origin package painter palace panel parcel partner passenger pattern payment pencil people pepper person photo picture
planet plastic platform pocket policy portal postcard poster price printer process product profile project purchase
quality quarter question queue rabbit radio range record refund region release report request reserve result review
ribbon river rocket rubber sample schedule school screen season section sector select sender server service session
shadow shipping signal silver sister sketch socket source spring square stable station status storage stream street
student summer supplier surface switch symbol system table target teacher template tenant theme thread ticket timer
title tourist tracker traffic trainer transfer travel trigger tunnel unit update upload user value vector vehicle vendor
version village vision voucher wallet warehouse water weather weekend widget window winter worker writer yellow zone
tokenize authored passes secretary keynote compassion""".split()
FIRST = "Ada Ben Chloe David Emma Felix Grace Hugo Ivy Jonas Klara Liam Mia Noah Olga Paul Quinn Rosa Sam Tina".split()
LAST = "Smith Mueller Garcia Rossi Tanaka Novak Silva Dubois Kim Okafor Jensen Kowalski Larsson Singh Brown".split()
CITIES = "Berlin Zurich Paris Oslo Lisbon Osaka Lagos Austin Toronto Cork Graz Turin Porto Malmo Brno".split()
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

# What is said about secrets is none.
SENTENCES = """Password must be at least 8 characters long
Forgot your password?
Your password has been changed.
The password you entered is incorrect
Enter your API key in the settings
invalid token: expected ')' at line 3
token expired
Token has expired, please sign in again
Unexpected token < in JSON at position 0
CSRF token missing or incorrect.
Authorization header is missing
authorization failed for user
Bearer token is required
Bearer authentication is not supported
Basic plan
Basic understanding of the topic
basic auth is disabled
Secret Santa starts on Friday
The secret of good coffee
secret key not found
No credentials were provided
Credentials expired
cookie banner accepted
Accept all cookies
session expired
api key rotated by admin
key: value
The key is under the mat
private key file not found
public key mismatch
pin the message
OTP sent to your phone
Card declined
Card number is invalid
passes all tests
2 passed, 0 failed
user authenticated
login failed
access denied
the access token was refreshed
SELECT id, password FROM users WHERE id = %s
UPDATE users SET token = NULL WHERE id = 5
if token is None: raise ValueError('token')
def login(user, password):
self.token = self.next_token()
password_hash = models.CharField(max_length=128)
class TokenSerializer(serializers.Serializer):
Tokenizer(vocab_size=32000)
max_tokens=4096
num_tokens: 512
tokens_used: 17
{"total_tokens": 91, "prompt_tokens": 70}
primary_key=True
foreign key constraint failed
KeyError: 'password'
AttributeError: 'User' object has no attribute 'token'
Missing required field: password
password: required field
{"password": ["This field is required."]}
{"token": null}
secret=None
password=''""".split("\n")


def word():
    return rnd.choice(WORDS)


def words(low, high):
    return " ".join(word() for _ in range(rnd.randint(low, high)))


def any_of(alphabet, size):
    return "".join(rnd.choice(alphabet) for _ in range(size))


def digits(size):
    return str(rnd.randint(1, 9)) + any_of("0123456789", size - 1)


def digest(name):
    return hashlib.new(name, digits(20).encode())


def isbn10():
    body = [rnd.randrange(10) for _ in range(9)]
    check = (11 - sum((10 - i) * d for i, d in enumerate(body)) % 11) % 11
    return "".join(map(str, body)) + ("X" if check == 10 else str(check))


def ean13(start):
    body = start + any_of("0123456789", 12 - len(start))
    return body + str(-sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(body)) % 10)


def imei():
    body = "35" + any_of("0123456789", 12)
    total = sum(sum(divmod(2 * int(d), 10)) if i % 2 else int(d) for i, d in enumerate(body))
    return body + str(-total % 10)


def iban():
    body = any_of("0123456789", 18)
    return "DE%02d%s" % (98 - int(body + "131400") % 97, body)


def phone():
    a, b, c = digits(3), digits(3), digits(4)
    forms = ("+1 %s %s %s", "(%s) %s-%s", "+49 %s %s%s", "00%s%s%s", "+44-%s-%s-%s", "%s.%s.%s", "+1%s%s%s", "%s-%s-%s")
    return rnd.choice(forms) % (a, b, c)


def date():
    return "20%02d-%02d-%02d" % (rnd.randint(10, 30), rnd.randint(1, 12), rnd.randint(1, 28))


def time():
    return "%02d:%02d:%02d" % (rnd.randrange(24), rnd.randrange(60), rnd.randrange(60))


def timestamp():
    seconds = rnd.randint(1_400_000_000, 1_900_000_000)
    return rnd.choice(
        (
            lambda: str(seconds),
            lambda: str(seconds * 1000 + rnd.randrange(1000)),
            lambda: str(seconds * 10**6 + rnd.randrange(10**6)),
            lambda: str(seconds * 10**9 + rnd.randrange(10**9)),
            lambda: "%d.%06d" % (seconds, rnd.randrange(10**6)),
            lambda: "%sT%sZ" % (date(), time()),
            lambda: "%s %s.%06d+02:00" % (date(), time(), rnd.randrange(10**6)),
            date,
            time,
        )
    )()


def order_number():
    return rnd.choice(
        (
            lambda: "ORD-%s-%s" % (rnd.randint(2015, 2030), digits(6)),
            lambda: "#" + digits(rnd.randint(4, 9)),
            lambda: "INV%s" % digits(8),
            lambda: digits(rnd.randint(6, 12)),
            lambda: "%s-%s-%s" % (digits(3), digits(7), digits(7)),
            lambda: "1Z" + any_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16),
            lambda: "RR%sDE" % digits(9),
            lambda: digits(16),
        )
    )()


def identifier():
    return rnd.choice(
        (
            lambda: str(uuid.UUID(int=rnd.getrandbits(128), version=4)),
            lambda: uuid.UUID(int=rnd.getrandbits(128), version=4).hex,
            lambda: digest("sha1").hexdigest(),
            lambda: digest("sha1").hexdigest()[:7],
            lambda: digest("md5").hexdigest(),
            lambda: digest("sha256").hexdigest(),
            lambda: "sha256:" + digest("sha256").hexdigest(),
            lambda: "sha512-" + base64.b64encode(digest("sha512").digest()).decode(),
            lambda: base64.b64encode(digest("md5").digest()).decode(),
            lambda: any_of("0123456789abcdef", 24),
            lambda: "01" + any_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
            lambda: any_of(ALNUM + "_-", 21),
            lambda: digits(rnd.randint(17, 19)),
            lambda: "cus_" + any_of(ALNUM, 14),
            lambda: "pi_3" + any_of(ALNUM, 23),
            lambda: "pk_" + "test_" + any_of(ALNUM, 24),
            lambda: "ChIJ" + any_of(ALNUM + "_-", 23),
            lambda: "arn:aws:s3:::%s-%s/%s" % (word(), word(), word()),
            lambda: "i-0" + any_of("0123456789abcdef", 16),
            lambda: "%s-%s-%s" % (word(), any_of("0123456789abcdef", 10), any_of("bcdfghjklmnpqrstvwxz2456789", 5)),
            lambda: base64.urlsafe_b64encode(json.dumps({"id": rnd.randrange(10**6)}).encode()).decode(),
            lambda: ":".join(any_of("0123456789abcdef", 2) for _ in range(6)),
            lambda: ".".join(str(rnd.randrange(256)) for _ in range(4)),
            lambda: ":".join(any_of("0123456789abcdef", 4) for _ in range(8)),
            imei,
            iban,
        )
    )()


def number():
    return rnd.choice(
        (
            lambda: str(rnd.randrange(10 ** rnd.randint(1, 9))),
            lambda: repr(rnd.uniform(-1000, 1000)),
            lambda: repr(rnd.random()),
            lambda: "%.2f" % rnd.uniform(0, 10000),
            lambda: "%d%%" % rnd.randrange(101),
            lambda: "$%d,%03d.%02d" % (rnd.randrange(1, 999), rnd.randrange(1000), rnd.randrange(100)),
            lambda: "%.6f, %.6f" % (rnd.uniform(-90, 90), rnd.uniform(-180, 180)),
            lambda: "%d.%d.%d" % (rnd.randrange(20), rnd.randrange(20), rnd.randrange(20)),
            lambda: "%de%d" % (rnd.randrange(10), rnd.randrange(300)),
            lambda: hex(rnd.getrandbits(64)),
            isbn10,
            lambda: ean13("978"),
            lambda: ean13("979"),
            lambda: "978-%s-%s-%s-%s" % (digits(1), digits(2), digits(6), digits(1)),
            lambda: ean13(digits(2)),
        )
    )()


def url():
    return rnd.choice(
        (
            lambda: "https://%s.example.com/%s/%s?page=%d" % (word(), word(), word(), rnd.randrange(99)),
            lambda: "http://localhost:%d/%s" % (rnd.randint(1024, 65535), word()),
            lambda: "https://github.com/%s/%s.git" % (word(), word()),
            lambda: "git@github.com:%s/%s.git" % (word(), word()),
            lambda: "ssh://git@%s.example.com:22/%s" % (word(), word()),
            lambda: "s3://%s-%s/%s/%s.csv" % (word(), word(), date(), word()),
            lambda: "postgres://localhost:5432/%s" % word(),
            lambda: "redis://%s:6379/0" % word(),
            lambda: "mailto:%s@example.com" % word(),
            lambda: "/%s/%s/%s.%s" % (word(), word(), word(), rnd.choice(("py", "html", "json", "png"))),
            lambda: "C:\\%s\\%s\\%s.txt" % (word().title(), word(), word()),
            lambda: "/usr/lib/python3/dist-packages/%s/%s.py" % (word(), word()),
            lambda: "?q=%s+%s&sort=%s&next=/%s" % (word(), word(), word(), word()),
            lambda: "data:image/png;base64,iVBORw0KGgo" + base64.b64encode(rnd.getrandbits(960).to_bytes(120, "big")).decode(),
        )
    )()


def structure():
    return rnd.choice(
        (
            lambda: json.dumps({word(): rnd.randrange(100), word(): word(), word(): [word(), None, True]}),
            lambda: repr({word(): word(), word(): rnd.random()}),
            lambda: "<%s.%s object at 0x7f%s>" % (word(), word().title(), any_of("0123456789abcdef", 10)),
            lambda: "<div class=\"%s %s\">%s</div>" % (word(), word(), words(1, 4)),
            lambda: "SELECT %s, %s FROM %s WHERE %s = %d" % (word(), word(), word(), word(), rnd.randrange(1000)),
            lambda: "%s=%s; Path=/; %s=%d" % (word(), word(), word(), rnd.randrange(100)),
            lambda: "%s: %s\n%s: %s" % (word(), words(1, 3), word(), words(1, 3)),
            lambda: "%s,%s,%s,%d" % (word(), word(), date(), rnd.randrange(1000)),
            lambda: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.%d (KHTML, like Gecko)" % rnd.randrange(40),
            lambda: "%s %s ERROR [%s] %s" % (date(), time(), word(), words(3, 9)),
            lambda: 'File "/srv/%s/%s.py", line %d, in %s' % (word(), word(), rnd.randrange(999), word()),
            lambda: "%s_%s_%s" % (word(), word(), word()),
            lambda: word() + "".join(w.title() for w in (word(), word())),
            lambda: "%s.%s.%s" % (word(), word(), word().title()),
            lambda: "registry.example.com/%s/%s:v%d@sha256:%s" % (word(), word(), rnd.randrange(9), digest("sha256").hexdigest()),
            lambda: "%s-%s-%s-%s" % (word(), word(), word(), word()),
            lambda: "/".join(word().title() for _ in range(rnd.randint(3, 7))),
        )
    )()


def person():
    first, last = rnd.choice(FIRST), rnd.choice(LAST)
    return rnd.choice(
        (
            "%s %s" % (first, last),
            "%s.%s@example.com" % (first.lower(), last.lower()),
            "%s, %s %d, %d %s" % (last, rnd.choice(WORDS).title(), rnd.randrange(200), 10000 + rnd.randrange(89999), rnd.choice(CITIES)),
            "@%s_%s%d" % (first.lower(), last.lower(), rnd.randrange(100)),
            rnd.choice(CITIES),
        )
    )


def main():
    # (how many, maker): 5,000 together.
    kinds = (
        (600, lambda: words(1, 3)),
        (400, lambda: words(4, 40).capitalize() + "."),
        (len(SENTENCES), iter(SENTENCES).__next__),
        (500, person),
        (600, number),
        (800, identifier),
        (300, phone),
        (400, timestamp),
        (400, order_number),
        (500, url),
    )
    values = [make() for count, make in kinds for _ in range(count)]
    values += [structure() for _ in range(5000 - len(values))]
    for value in values:
        print(json.dumps(value))


if __name__ == "__main__":
    main()

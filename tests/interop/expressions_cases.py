"""What people ask about objects of Django, Flask, SQLAlchemy, pydantic and attrs, evaluated where they would ask.

Run with the packages and the module _capture on the path. Prints, for each table, how many expressions have the value that
eval() gives in the same frame, and each that has not; the exit status is 1 if any has not.
Usage: expressions_cases.py TABLE...
"""

import copy
import datetime
import sys

import _capture

wrong = []


def check(text, num_least):
    """Each line of the text is an expression of the caller's frame."""
    frame = sys._getframe(1)
    sources = [line.strip() for line in text.splitlines() if line.strip()]
    accepted = 0
    for source in sources:
        outcome = 5
        while outcome == 5:  # the source of a function is being read
            outcome, value = _capture.evaluate(source, 1)
        wanted = eval(source, frame.f_globals, frame.f_locals)
        if outcome == 0 and type(value) is type(wanted) and (value is wanted or value == wanted):
            accepted += 1
        else:
            wrong.append((source, outcome, value, wanted))
    print("%s: %d of %d" % (frame.f_code.co_name, accepted, len(sources)))
    if len(sources) < num_least:
        wrong.append((frame.f_code.co_name, "has too few"))


def django():
    import django as package
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    package.setup()
    from django import forms
    from django.contrib.auth.models import AnonymousUser, User
    from django.db import models
    from django.http import HttpResponse, JsonResponse
    from django.test import RequestFactory

    class Customer(models.Model):
        name = models.CharField(max_length=50)
        vip = models.BooleanField(default=False)

        class Meta:
            app_label = "shop"

        @property
        def label(self):
            return "%s (%s)" % (self.name, "vip" if self.vip else "customer")

    class Order(models.Model):
        LIMIT = 1000
        STATES = (("new", "New"), ("paid", "Paid"))
        customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
        status = models.CharField(max_length=10, choices=STATES)
        total = models.DecimalField(max_digits=10, decimal_places=2)
        count = models.IntegerField(default=1)
        created = models.DateTimeField()
        notes = models.TextField(blank=True)

        class Meta:
            app_label = "shop"

        @property
        def is_large(self):
            return self.count > 10

        def is_paid(self):
            return self.status == "paid"

        def days_open(self, now):
            return (now - self.created).days

    class ContactForm(forms.Form):
        email = forms.EmailField()
        age = forms.IntegerField()

    now = datetime.datetime(2026, 5, 3, 12, tzinfo=datetime.timezone.utc)
    customer = Customer(pk=7, name="Ann", vip=True)
    order = Order(pk=42, customer=customer, status="paid", total=120, count=25, created=datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.timezone.utc), notes="fragile")
    orders = [order, Order(pk=43, customer=customer, status="new", total=5, count=1, created=now)]
    user, anonymous = User(username="bob", email="bob@example.com", is_staff=True, pk=3), AnonymousUser()
    request = RequestFactory().post("/orders/42/?page=2&tag=a&tag=b", {"q": "shoes", "n": "5"}, HTTP_HOST="shop.example.com", HTTP_X_TRACE="abc")
    request.user = user
    form = ContactForm({"email": "x@example.com", "age": "31"})
    form.is_valid()
    response, data = HttpResponse("ok", status=404), JsonResponse({"a": 1})
    query = request.GET
    _ = (request.POST, request.headers)  # parsed when they are asked for first, and kept
    check(
        """
        order.pk == 42
        order.id
        order.status == 'paid'
        order.status in ('paid', 'new')
        order.status.startswith('pa')
        order.count > 10
        order.count * 2 + 1
        order.total > 100
        order.notes
        'fragile' in order.notes
        len(order.notes) > 3
        order.customer_id
        order.customer_id == 7
        order.created.year == 2026
        order.LIMIT
        order.count > order.LIMIT
        order._state.adding
        order._state.db is None
        order.__class__.__name__
        type(order).__name__ == 'Order'
        isinstance(order, Order)
        isinstance(customer, Order)
        order.is_large
        order.is_large and order.status == 'paid'
        order.is_paid()
        not order.is_paid()
        order.customer.name
        order.customer.vip and order.status == 'paid'
        order.customer.label
        order.customer is customer
        [o.customer.name for o in orders]
        customer.name
        customer.name.lower() == 'ann'
        customer.vip and customer.name
        customer.label
        customer.label.endswith('(vip)')
        [o.pk for o in orders]
        [o.status for o in orders if o.count > 5]
        any(o.status == 'new' for o in orders)
        all(o.pk for o in orders)
        sum(o.count for o in orders)
        max(o.count for o in orders)
        {o.pk: o.status for o in orders}
        len(orders) == 2 and orders[0].count > 3
        orders[-1].status
        user.username == 'bob'
        user.is_staff
        user.is_staff and not user.is_superuser
        user.email.split('@')[1]
        user.is_active
        user.pk
        anonymous.username == ''
        anonymous.pk is None
        request.method
        request.method == 'POST'
        request.path
        request.path.startswith('/orders/')
        request.path_info.split('/')[2] == '42'
        request.META['HTTP_HOST']
        request.META.get('HTTP_X_TRACE') == 'abc'
        request.META.get('REMOTE_ADDR', 'none')
        'HTTP_COOKIE' in request.META
        request.META['QUERY_STRING']
        request.user is user
        request.user.username
        request.content_type
        request.user.is_staff and request.method == 'POST'
        form.cleaned_data['email']
        form.cleaned_data['age'] > 30
        form.data['age']
        'email' in form.cleaned_data
        form.is_bound
        response.status_code
        response.status_code >= 400
        order.get_status_display()
        order.get_status_display() == 'Paid'
        request.GET.get('page') == '2'
        request.GET.getlist('tag')
        request.POST['q']
        int(request.POST.get('n', 0)) > 3
        request.headers.get('X-Trace')
        request.user.is_authenticated
        user.get_full_name()
        str(customer)
        order.created > now - datetime.timedelta(days=7)
        (now - order.created).days
        max(orders, key=lambda o: o.count).pk
        sorted(orders, key=lambda o: o.total)[0].pk
        order in orders
        data.status_code == 200
        """,
        75,
    )
    print(len(query))


def flask():
    import flask as package

    app = package.Flask(__name__)
    app.secret_key = "key"
    app.config.update(DEBUG=False, LIMIT=5, NAMES=["a", "b"])

    class Cart:
        def __init__(self):
            self.items = [{"sku": "a1", "price": 5, "count": 2}, {"sku": "b2", "price": 7.5, "count": 1}]
            self.coupon = None

        @property
        def total(self):
            return sum(item["price"] * item["count"] for item in self.items)

        def has(self, sku):
            return any(item["sku"] == sku for item in self.items)

        def __len__(self):
            return len(self.items)

        def __contains__(self, sku):
            return self.has(sku)

        def __getitem__(self, index):
            return self.items[index]

    with app.test_request_context("/cart/5?debug=1&tag=a", method="POST", json={"id": 5, "tags": ["x", "y"]}, headers={"X-Trace": "abc"}):
        request, session, cart = package.request._get_current_object(), {"user": "bob", "visits": 3}, Cart()
        package.session["user"] = "ann"
        cookie, own = package.session, package.session._get_current_object()
        payload = request.get_json()
        request_id, args, _ = 5, dict(request.args), (request.headers, request.form, app.name)
        check(
            """
            request.method
            request.method == 'POST'
            request.method in ('POST', 'PUT')
            request.path
            request.path == '/cart/5'
            request.path.startswith('/cart')
            request.environ['REQUEST_METHOD']
            request.environ.get('HTTP_X_TRACE')
            request.environ['QUERY_STRING'] == 'debug=1&tag=a'
            'debug=1' in request.environ['QUERY_STRING']
            request.query_string
            request.query_string.decode()
            request.scheme
            request.remote_addr
            request.headers.get('X-Trace')
            app.name
            app.config['LIMIT']
            app.config['LIMIT'] > 3
            app.config.get('DEBUG')
            'a' in app.config['NAMES']
            payload['id'] == 5
            payload['tags'][0]
            'x' in payload['tags']
            payload.get('missing') is None
            len(payload['tags'])
            args.get('debug') == '1'
            session['user']
            session.get('visits', 0) > 2
            session['visits'] % 2 == 1
            len(cart)
            len(cart) > 1
            cart.items[0]['sku']
            cart.total
            cart.total > 15
            cart.has('a1')
            cart.has('zz') or cart.coupon is None
            'a1' in cart
            cart[0]['price']
            cart[1]['count'] == 1
            [item['sku'] for item in cart.items]
            sum(item['count'] for item in cart.items)
            {item['sku']: item['price'] for item in cart.items}
            max(item['price'] for item in cart.items)
            request_id == payload['id']
            f"{request.method} {request.path}"
            '%s %d' % (request.method, request_id)
            cookie['user']
            cookie.get('user') == 'ann'
            cookie.get('nobody') is None
            'user' in cookie
            'nobody' in cookie
            len(cookie)
            list(cookie.keys())
            own['user']
            own.get('nobody', 5)
            own.permanent
            own.modified
            """,
            56,
        )
        own.accessed = False
        for source in ("cookie['user']", "cookie.get('user')", "'user' in cookie", "own['user']", "own.get('user')"):
            if _capture.evaluate(source, 0)[0] != 0 or own.accessed:
                wrong.append((source, "is refused, or noted"))


def sqlalchemy():
    from sqlalchemy import ForeignKey, create_engine, event, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "author"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        born: Mapped[datetime.date]
        books: Mapped[list["Book"]] = relationship(back_populates="author")

        def is_old(self):
            return self.born.year < 1900

    class Book(Base):
        __tablename__ = "book"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        pages: Mapped[int]
        author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
        author: Mapped[Author] = relationship(back_populates="books")

        @property
        def is_long(self):
            return self.pages > 300

    class Noticed(Base):
        __tablename__ = "noticed"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    session.add(Author(name="Verne", born=datetime.date(1828, 2, 8), books=[Book(title="Moon", pages=250), Book(title="Sea", pages=400)]))
    session.commit()
    author = session.scalars(select(Author)).one()
    books = list(author.books)
    book = books[1]
    rows = session.execute(select(Book.title, Book.pages)).all()
    row = rows[0]
    _ = (author.id, author.name, author.born, [(b.id, b.title, b.pages, b.author_id, b.author) for b in books])
    session.expire_on_commit = False
    other = Author(name="Wells", born=datetime.date(1866, 9, 21))
    session.add(other)
    session.commit()
    expired, new, pending, noticed, calls = other, Author(name="Poe"), Author(name="Doyle"), Noticed(), []
    session.expire(expired)
    session.add(pending)
    event.listen(Noticed.name, "init_scalar", lambda target, value, attributes: calls.append(target))
    check(
        """
        author.name
        author.name == 'Verne'
        author.id == 1
        author.born.year
        author.born.year < 1900 and author.name.startswith('V')
        author.name.upper()
        author.__tablename__
        type(author).__name__
        isinstance(author, Author)
        isinstance(book, (Author, Book))
        book.title
        book.pages > 300
        book.pages + 1
        book.author_id == author.id
        book.title in ('Sea', 'Moon')
        len(books)
        [b.title for b in books]
        sum(b.pages for b in books)
        max(b.pages for b in books) > 300
        any(b.title == 'Sea' for b in books)
        {b.id: b.title for b in books}
        books[0].title
        book.author.name
        book.author is author
        f'{book.title} ({book.pages})'
        len(rows) == 2
        session is not None
        row.title
        row.pages + 1
        row[0], row[-1]
        row == ('Moon', 250)
        row in rows
        len(row)
        tuple(row)
        [title for title, pages in rows]
        {r.title: r.pages for r in rows}
        sum(r[1] for r in rows)
        row._fields
        row._asdict()
        row._mapping['title']
        row._mapping.get('other')
        'title' in row._mapping
        dict(row._mapping)
        str(row)
        hasattr(row, 'other')
        isinstance(row, tuple)
        max(rows, key=lambda r: r.pages).title
        new.id is None
        new.name
        new.born
        pending.id
        '%s by %s' % (book.title, author.name)
        '%s' % [row]
        """,
        53,
    )
    for source in ("expired.name", "new.books", "noticed.name"):
        if _capture.evaluate(source, 0)[0] != 2 or calls or "name" in expired.__dict__ or list(session.new) != [pending]:
            wrong.append((source, "is not refused, or has run something"))


def pydantic():
    import pydantic as package

    extra = {"extra": "allow"}

    class Address(package.BaseModel):
        city: str
        code: str = "00000"

    class Account(package.BaseModel, **extra):
        name: str
        age: int = 18
        tags: list = []
        address: Address = None
        since: datetime.date = datetime.date(2020, 1, 1)
        scores: dict = {}
        at: datetime.datetime = None

        def is_adult(self):
            return self.age >= 18

        @property
        def title(self):
            return "%s of %s" % (self.name, self.address.city)

    account = Account(name="bob", age="42", tags=["a", "b"], address={"city": "Paris"}, scores={"x": 1.5}, at="2026-01-02T03:04:05+02:00", bonus=3)
    accounts, twin = [account, Account(name="al", age=5)], copy.deepcopy(account)
    check(
        """
        account.name
        account.name == 'bob'
        account.age
        account.age > 40
        account.age + 1
        account.tags
        'a' in account.tags
        len(account.tags) == 2
        account.tags[-1]
        account.address.city
        account.address.city.startswith('P')
        account.address.code == '00000'
        account.since.year
        account.since.month
        account.scores['x']
        account.scores.get('y', 0)
        sum(account.scores.values())
        [a.name for a in accounts]
        [a.name for a in accounts if a.age > 10]
        any(a.address is None for a in accounts)
        max(a.age for a in accounts)
        {a.name: a.age for a in accounts}
        account.is_adult()
        accounts[1].is_adult()
        account.title
        account.title.endswith('Paris')
        isinstance(account, Account)
        type(account).__name__
        hasattr(account, 'name')
        getattr(account, 'age', 0)
        f'{account.name}: {account.age}'
        account in accounts
        account.bonus
        account.at.timestamp()
        account.at > datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
        account.at.replace(hour=0)
        account.at.isoformat()
        (account.at - datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)).days
        account.at.utcoffset()
        str(account.at)
        f'{account.at:%H:%M %z}'
        """,
        41,
    )
    if package.VERSION >= "2":  # before it is compiled
        check("account == accounts[1]\naccount == twin\ntwin in accounts\naccount != account\nrepr(account.at)\naccount.at.tzname()", 6)


pydantic_of_1 = pydantic


def attrs():
    import dataclasses

    import attr as package

    @package.s(auto_attribs=True)
    class Point:
        x: int
        y: int = 0

        @property
        def norm(self):
            return abs(self.x) + abs(self.y)

    @package.s(auto_attribs=True, slots=True, frozen=True)
    class Line:
        start: Point
        end: Point
        name: str = "line"

        def is_flat(self):
            return self.start.y == self.end.y

    @dataclasses.dataclass
    class Job:
        name: str
        points: list = dataclasses.field(default_factory=list)
        done: bool = False

        @property
        def length(self):
            return len(self.points)

    point = Point(3, -4)
    line = Line(point, Point(0, -4))
    job = Job("draw", [point, Point(1)])
    check(
        """
        point.x
        point.x + point.y
        point.x > 2 and point.y < 0
        point.norm
        point.norm == 7
        line.name
        line.start.x
        line.start is point
        line.end.y == -4
        line.is_flat()
        line.name.upper()
        isinstance(line, Line)
        job.name == 'draw'
        job.points[0].x
        [p.x for p in job.points]
        sum(p.x for p in job.points)
        job.length
        job.length > 1 and not job.done
        len(job.points)
        job.points[-1].y
        type(job).__name__
        """,
        21,
    )


def main(tables):
    for table in tables:
        globals()[table]()
    for case in wrong:
        print("WRONG:", *case)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a shop knows of its orders."""

import dataclasses
import datetime


@dataclasses.dataclass
class Customer:
    name: str
    tier: str


@dataclasses.dataclass
class Item:
    product: str
    quantity: int
    cents: int


class Order:
    def __init__(self, order_id):
        self.id = order_id
        self.placed = datetime.datetime(2026, 1, 15, 9, 30, 0)
        self.customer = Customer("Ada", "gold" if order_id % 2 else "silver")
        self.items = [
            Item("notebook", order_id % 5 + 1, 450),
            Item("pencil", 12, 80),
        ]

import os

from django.http import JsonResponse

from shop.orders import Order

DISCOUNTS = {"gold": 20, "silver": 5}


def checkout(request, order_id):
    order = Order(order_id)
    percent = DISCOUNTS.get(order.customer.tier, 0)
    total = discounted(order, percent)
    return JsonResponse({"order": order.id, "cents": total, "worker": os.getpid()})


def discounted(order, percent):
    subtotal = sum(item.quantity * item.cents for item in order.items)
    reduction = subtotal * percent // 100
    return subtotal - reduction

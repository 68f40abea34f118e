"""The WSGI entry point: the one line that a site adds is the call of enable()."""

import os

import googleclouddebugger
from django.core.wsgi import get_wsgi_application

googleclouddebugger.enable(module="shop", version="1.0")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()

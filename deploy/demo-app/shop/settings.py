"""Settings of a Django site without a database: one view, nothing secret."""

SECRET_KEY = "only for the demonstration, on loopback"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = []
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
WSGI_APPLICATION = "shop.wsgi.application"
USE_TZ = True

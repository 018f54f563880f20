"""The web entrance. Synchronous views cost four times the CPU under ASGI, so WSGI serves them."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

from config import celery  # noqa: F401  (shared tasks published by the web process find the broker)

application = get_wsgi_application()

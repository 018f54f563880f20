"""The web entrance. Synchronous views cost four times the CPU under ASGI, so WSGI serves them."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

from config import celery, standing  # noqa: F401  (shared tasks published by the web process find the broker)

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  (all pages and forms are imported now, not by the first request)
standing.freeze()

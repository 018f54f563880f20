"""The project. Celery's app is made with it, so that web and commands ring at the right door."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

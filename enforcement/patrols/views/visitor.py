"""Who asks: the gate lets nobody in without signing in, so a page's visitor is an officer."""

from typing import cast

from django.http import HttpRequest

from regions.models import Officer


def officer_of(request: HttpRequest) -> Officer:
    """The officer behind a request that passed the gate."""
    return cast(Officer, request.user)

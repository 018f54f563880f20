"""How much one officer may ask of the API within a period, and how often anyone may try a password: counted in two numbers, not
as a list of moments.

The framework's own throttle keeps the moment of every request of the last minute and hands the whole list to the cache
and back on every request: it costs the more, the more is allowed.
"""

import hashlib
import unicodedata
from typing import Any

from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

from regions.models import Guesses


def until_room(this: int, last: int, limit: int, length: int) -> float:
    """Seconds from the period's beginning until there is room for one more."""
    if this < limit:
        return length * (1 - (limit - this) / last)
    return length + length * (1 - limit / this)


class Steady(UserRateThrottle):
    """At most so many requests in any period's length: those of this period, and of the last one the share that still lies
    within that length, as if they had come evenly.

    Periods begin at whole multiples of their length. What is refused doesn't count.
    """

    left = 0.0
    # What the rate says, read by the framework.
    duration: int
    num_requests: int

    def allow_request(self, request: Any, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if self.rate is None or key is None:
            return True
        number, gone = divmod(self.timer(), self.duration)
        period, this, last = self.cache.get(key, (number, 0, 0))
        if period != number:
            period, this, last = number, 0, this if period == number - 1 else 0
        if this + last * (1 - gone / self.duration) >= self.num_requests:
            self.left = until_room(this, last, self.num_requests, self.duration) - gone
            return False
        # Asked for in this period and the next.
        self.cache.set(key, (period, this + 1, last), 2 * self.duration)
        return True

    def wait(self) -> float:
        return self.left


class Guessing(SimpleRateThrottle):
    """Attempts to sign in: counted in the database, so that the limit is one however many processes serve.

    A request of somebody signed in writes nothing: their limit (`Steady`) is each process's own unless they share a cache.
    """

    scope = "token"
    left = 0.0
    duration: int
    num_requests: int

    def allow_request(self, request: Any, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if self.rate is None or key is None:
            return True
        period, gone = divmod(self.timer(), self.duration)
        if Guesses.counted(key, period=int(period), gone=gone / self.duration, most=self.num_requests):
            return True
        this, last = Guesses.of(key, period=int(period))
        self.left = max(0.0, until_room(this, last, self.num_requests, self.duration) - gone) if this or last else 0.0
        return False

    def wait(self) -> float:
        return self.left


class AddressThrottle(Guessing):
    """From one address, whatever accounts are tried."""

    def get_cache_key(self, request: Any, view: Any) -> str:
        return _key("address", self.get_ident(request))


class AccountThrottle(Guessing):
    """Guesses at one account are counted together, wherever they come from."""

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        data = request.data if request.method == "POST" else None
        return self.key_of(data.get("username") if isinstance(data, dict) else None)

    @staticmethod
    def key_of(name: object) -> str | None:
        """Where guesses at an account are counted, with blanks or in full width as without, as signing in takes it; None where none is named."""
        named = unicodedata.normalize("NFKC", name.strip()).strip() if isinstance(name, str) else ""
        return _key("account", named) if named else None


def _key(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind} {name}".encode(errors="replace")).hexdigest()

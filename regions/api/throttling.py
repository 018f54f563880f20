"""How much one officer may ask of the API within a period: counted in two numbers, not as a list of moments.

The framework's own throttle keeps the moment of every request of the last minute and hands the whole list to the cache
and back on every request: it costs the more, the more is allowed.
"""

from typing import Any

from rest_framework.throttling import UserRateThrottle


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
            self.left = self._until_room(this, last) - gone
            return False
        # Asked for in this period and the next.
        self.cache.set(key, (period, this + 1, last), 2 * self.duration)
        return True

    def _until_room(self, this: int, last: int) -> float:
        """Seconds from the period's beginning until there is room for one more."""
        limit, length = self.num_requests, self.duration
        if this < limit:
            return length * (1 - (limit - this) / last)
        return length + length * (1 - limit / this)

    def wait(self) -> float:
        return self.left

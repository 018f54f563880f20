"""What is published every day, with and without a round or a campaign's draw, as two worlds compare it."""

import re

from tests.isolation.routes import Route

_HASH = re.compile(rb"[0-9a-f]{64}")


def plain(route: Route, status: int, answer: bytes) -> bytes:
    """A day's values are hashes over random bytes: another one each time. Apart from them the answers are compared."""
    if route.name not in {"crossregion:commitments", "api:commitment-list"}:
        return answer
    assert _HASH.search(answer) or status != 200, route.name
    return _HASH.sub(b"-", answer)


def shape_of(title: dict[str, str]) -> dict[str, int]:
    """What can be seen of a published title without knowing its hashes."""
    return {name: len(text) for name, text in title.items()}

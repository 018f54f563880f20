"""Promise: a page comes compressed to who takes it so and says the same; the API's answers come as they are."""

import gzip
import re

import pytest
from django.test import Client

from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import signed_in

#: What differs from one asking to the next.
TOKEN = re.compile(rb'(csrfmiddlewaretoken" value=|nonce=|X-CSRFToken": ?)"[^"]+"')


@pytest.mark.django_db
def test_a_page_is_squeezed_and_reads_the_same() -> None:
    client, taken = Client(), {"Accept-Encoding": "gzip, deflate, br"}
    plain, squeezed = client.get("/login/"), client.get("/login/", headers=taken)
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert int(squeezed.headers["Content-Length"]) == len(squeezed.content) < len(plain.content) / 2
    assert TOKEN.sub(b"", gzip.decompress(squeezed.content)) == TOKEN.sub(b"", plain.content)
    cast = casting.make()
    answer = signed_in(cast.officer(cast.province, Role.SUPERVISOR)).get("/api/v1/divisions/", headers=taken)
    assert len(answer.content) > 200, "long enough to be worth it"
    assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)

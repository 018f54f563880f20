"""Promise: a style sheet written anew under a running server goes out whole, as it is now."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from enforcement.desk.statics import StaticFiles


@pytest.mark.django_db  # an answer's end looks after the connections
def test_a_file_that_changes_is_served_as_it_is_and_one_that_goes_is_absent(tmp_path: Path) -> None:
    sheet = tmp_path / "page.css"
    sheet.write_text("a" * 500, encoding="ascii")
    with override_settings(STATIC_ROOT=str(tmp_path), WHITENOISE_USE_FINDERS=False):
        serve = StaticFiles(lambda _request: HttpResponse("absent", status=404))

    def asked(**headers: str) -> tuple[int, Any, bytes]:
        answer: Any = serve(RequestFactory().get("/static/page.css", headers=headers))
        body = b"".join(answer)
        answer.close()
        return answer.status_code, answer.headers.get("Content-Length"), body

    assert asked() == (200, "500", b"a" * 500)
    old = serve(RequestFactory().get("/static/page.css"))
    for text in ("b" * 900, "c" * 100):
        sheet.write_text(text, encoding="ascii")
        assert asked() == (200, str(len(text)), text.encode())
        assert asked(Range="bytes=50-")[2] == text.encode()[50:]
    assert asked(**{"If-None-Match": old.headers["ETag"]})[0] == 200  # type: ignore[union-attr]
    old.close()
    os.remove(sheet)
    assert asked() == (404, None, b"absent")
    sheet.write_text("d" * 30, encoding="ascii")
    assert asked() == (200, "30", b"d" * 30)

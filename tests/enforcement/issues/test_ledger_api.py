"""Promise: a ledger comes in over the API as it does on the pages: looked at, explained, brought in whole, once, or refused."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enforcement.issues.actions import importing
from enforcement.issues.models import Issue, LedgerImport, LedgerLayout, LedgerRule
from regions.models import Posting
from regions.roles import Role
from tests.enforcement.api.calling import CLIENT, Caller, address, caller
from tests.scenarios import cast as casting

from .ledgers import book, line, lines, text

pytestmark = pytest.mark.django_db
URL = "ledger-imports/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch) -> None:
    monkeypatch.setattr(importing, "TELL_EVERY_S", 3600)


def upload(who: Caller, data: bytes, *, name: str = "台账.xlsx", key: str = "", **fields: Any) -> Any:
    parts = {"file": SimpleUploadedFile(name, data), **fields}
    headers = who.headers() | ({"Idempotency-Key": key} if key else {})
    return CLIENT.post(address(URL), parts, headers=headers)


def worked(who: Caller, made: dict[str, Any]) -> dict[str, Any]:
    """The ledger once a worker did what was asked."""
    importing.DESK.work(made["id"])
    return who.get(f"{URL}{made['id']}/").json()


def test_from_the_file_to_its_issues(cast: casting.Cast) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    faulty = upload(dispatcher, book(lines(line("1"), line("2", 交办时间="昨天"))))
    assert faulty.status_code == 201, faulty.content.decode()
    assert faulty.json()["waits"]
    assert faulty.json()["found"] is None
    seen = worked(dispatcher, faulty.json())
    assert seen["found"]["counts"] == {"rows": 2, "new": 1, "same": 0, "changed": 0, "faulty": 1}
    assert "第3行“转办日期”" in seen["found"]["faults"][0]
    refused = dispatcher.post(f"{URL}{seen['id']}/apply/")
    assert refused.status_code == 400
    assert refused["Content-Type"].startswith("application/problem+json")
    assert "有1行需要改正" in refused.json()["detail"]

    good = book(lines(line("1"), line("2")))
    first, again = (upload(dispatcher, good, key="once-and-again") for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    url = f"{URL}{first.json()['id']}/"
    assert not LedgerImport.objects.filter(imported_at__isnull=False).exists()
    assert dispatcher.post(url + "apply/").status_code == 409  # nobody has looked yet
    worked(dispatcher, first.json())
    assert not Issue.objects.exists()
    assert dispatcher.post(url + "apply/", key="apply").json()["wanted"] == "import"
    assert dispatcher.post(url + "apply/", key="apply").status_code == 200
    done = worked(dispatcher, first.json())
    assert (done["stage"], done["done"], done["imported_at"] is not None) == ("done", 2, True)
    rows = dispatcher.get(url + "issues/").json()["results"]
    assert [(row["key"], row["row"], row["state"]) for row in rows] == [("1", 2, "closed"), ("2", 3, "closed")]
    assert {row["issue"] for row in rows} == set(Issue.objects.values_list("number", flat=True))
    for act in ("apply", "trial", "stop"):
        assert dispatcher.post(url + f"{act}/").status_code == 409
    same = worked(dispatcher, upload(dispatcher, good).json())
    assert same["found"]["counts"]["same"] == 2
    assert dispatcher.post(f"{URL}{same['id']}/apply/").status_code == 409
    assert len(dispatcher.get(URL).json()["results"]) == 3

    other = caller(cast.officer(cast.province, Role.COORDINATOR))
    for path in (url, url + "issues/"):
        assert other.get(path).status_code == 404
    assert other.post(url + "apply/").status_code == 404
    assert caller(cast.officer(cast.xinghualing, Role.HANDLER)).get(URL).status_code == 403
    # Posted elsewhere since: the ledger stays theirs, its issues aren't theirs to see any more.
    Posting.objects.filter(officer=dispatcher.officer).update(bureau=cast.linfen)
    assert dispatcher.get(url).json()["done"] == 2
    assert dispatcher.get(url + "issues/").json()["results"] == []


def test_columns_are_explained_once_for_all(cast: casting.Cast) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    heading = ("编号", "事由", "转办日期", "县区", "甲")
    data = text([["1", "堆场扬尘", "2021-07-05", "杏花岭区", "x"]], heading=heading)
    made = worked(dispatcher, upload(dispatcher, data, name="a.csv").json())
    assert made["stage"] == "failed"
    (sheet,) = made["found"]["sheets"]
    assert tuple(sheet["titles"]) == heading
    url = f"{URL}{made['id']}/"
    mapping = {**sheet["mapping"], "title": 1}
    for body, named in (
        ({"fingerprint": "0" * 64, "mapping": mapping}, "fingerprint"),
        ({"fingerprint": sheet["fingerprint"], "mapping": {"title": 99}}, "title"),
        ({"fingerprint": sheet["fingerprint"], "mapping": {"colour": 1}}, "mapping"),
        ({"fingerprint": sheet["fingerprint"], "mapping": mapping, "officer": 1}, "officer"),
    ):
        answer = dispatcher.post(url + "mapping/", body)
        assert answer.status_code == 400
        assert named in answer.json()["errors"], answer.content.decode()
    assert dispatcher.post(url + "apply/").status_code == 400  # with the sentence of the trial
    assert dispatcher.post(url + "mapping/", {"fingerprint": sheet["fingerprint"], "mapping": mapping}).json()["waits"]
    # While a worker is at it nothing else is remembered either.
    later = {"fingerprint": sheet["fingerprint"], "mapping": {**mapping, "title": 4}}
    assert dispatcher.post(url + "mapping/", later).status_code == 409
    assert LedgerLayout.objects.get().mapping == mapping
    assert worked(dispatcher, made)["found"]["counts"]["new"] == 1
    assert worked(dispatcher, upload(dispatcher, data, name="b.csv").json())["found"]["counts"]["new"] == 1


def test_a_file_that_is_no_ledger_is_refused_with_its_sentence_and_not_kept(cast: casting.Cast) -> None:
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    LedgerRule.objects.update(import_mb=1)
    strange = io.BytesIO()
    with zipfile.ZipFile(strange, "w") as archive:
        archive.writestr("word/document.xml", "x")
    for data, sentence in (
        (b"", "文件是空的"),
        (b"\x00 \r\n" * 9, "文件是空的"),
        (b"%PDF-1.7 x", "这不是台账文件"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 90, "旧版 Excel"),
        (b"PK\x03\x04" + b"x" * 90, "已损坏"),
        (strange.getvalue(), "这不是 XLSX"),
        (b"x," * 600_000, "文件超过1 MB"),
        (b"x," * 1_200_000, "文件超过1 MB"),
    ):
        answer = upload(dispatcher, data)
        assert answer.status_code == 400, answer.content.decode()
        assert answer["Content-Type"].startswith("application/problem+json")
        assert sentence in str(answer.json()["errors"]["file"]), sentence
    # What says it is too large isn't read to the end of it.
    parts = {"file": SimpleUploadedFile("台账.csv", b"x,")}
    said = CLIENT.post(address(URL), parts, headers=dispatcher.headers(), CONTENT_LENGTH="3000000")
    assert "文件超过1 MB" in said.content.decode()
    assert upload(dispatcher, b"x", source="rumour").status_code == 400
    assert upload(dispatcher, b"x", bureau=cast.linfen.pk).status_code == 400
    assert dispatcher.post(URL, {"file": "x"}).status_code == 415
    assert not LedgerImport.objects.exists()

"""Promise: the handoff letter stands in the office's own words, in the version of its day; who was sent it, by which
way, and who received it, is on record once and for ever."""

import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from docx import Document
from pypdf import PdfReader

from enforcement.issues.actions import letters
from enforcement.issues.models import Delivery, Handoff, LetterTemplate
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify
from regions.errors import Conflict, Refused
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed, signed_in

pytestmark = pytest.mark.django_db
WORDS, SEND = "/issues/handoffs/letter/", "/issues/handoffs/send/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def document(cast: casting.Cast, *bureaus, title: str = "涂装车间外VOC高值") -> Handoff:
    handed(cast, 1, *bureaus, title=title)
    return Handoff.objects.latest("pk")


def letter_of(client, handoff: Handoff, bureau, kind: str = "docx"):
    return client.get(f"/issues/handoffs/{handoff.pk}/letters/{bureau.pk}.{kind}")


def text_of(response) -> str:
    paper = Document(io.BytesIO(response.content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in paper.paragraphs), *cells])


def test_each_bureau_has_its_own_letter_as_docx_and_pdf(cast) -> None:
    handoff = document(cast, cast.xinghualing, cast.yaodu)
    dispatcher = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    words = text_of(letter_of(dispatcher, handoff, cast.xinghualing))
    issue = handoff.items.first().issue
    for wanted in (
        "大气污染问题转办单",
        handoff.number,
        "杏花岭分局（测试）：",
        "共1项",
        issue.number,
        "省大气办（测试）",
    ):
        assert wanted in words
    assert "尧都" not in words
    pages = PdfReader(io.BytesIO(letter_of(dispatcher, handoff, cast.yaodu, "pdf").content)).pages
    assert "尧都分局" in pages[0].extract_text()
    assert letter_of(dispatcher, handoff, cast.taiyuan).status_code == 404
    assert letter_of(dispatcher, handoff, cast.yaodu, "odt").status_code == 404
    stranger = signed_in(cast.officer(cast.linfen, Role.HANDLER))
    assert letter_of(stranger, document(cast), cast.xinghualing).status_code == 404


def test_the_words_are_checked_previewed_and_kept_in_versions(cast) -> None:
    before = document(cast)
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    words = {"heading": "问题交办函", "opening": "{承办单位}：\n请办理{件数}项。", "item": "{编号}在{地址}", "closing": "",
             "valid_from": clock.today().isoformat(), "basis": "办公室要求", "after": "0"}  # fmt: skip
    wrong = client.post(WORDS, {**words, "opening": "{县长}：{", "item": "{件数}", "step": "publish"})
    assert wrong.status_code == 400
    for sentence in ("没有“{县长}”这个占位符", "花括号没有成对", "没有“{件数}”这个占位符"):
        assert sentence in wrong.content.decode()
    preview = client.post(WORDS, {**words, "step": "preview"}).content.decode()
    assert "请办理1项。" in preview
    assert before.items.first().issue.number in preview
    assert LetterTemplate.objects.count() == 1
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert client.post(WORDS, {**words, "valid_from": tomorrow, "step": "publish"}).status_code == 302
    assert client.post(WORDS, {**words, "step": "publish"}).status_code == 409
    assert "问题交办函" not in text_of(letter_of(client, before, cast.xinghualing))
    with clock.moved_to(clock.now() + timedelta(days=1)):
        later = document(cast)
        assert "问题交办函" in text_of(letter_of(client, later, cast.xinghualing))
        # A letter printed again is the letter it was.
        assert "大气污染问题转办单" in text_of(letter_of(client, before, cast.xinghualing))
    with pytest.raises(DatabaseError), transaction.atomic():
        LetterTemplate.objects.update(heading="改")


def test_a_batch_is_sent_and_each_bureau_gives_its_receipt_once(cast) -> None:
    one, two = document(cast, cast.xinghualing, cast.yaodu), document(cast)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    client = signed_in(dispatcher)
    client.post(SEND, {"handoff": [one.pk, two.pk], "channel": "fax"})
    assert Delivery.objects.filter(channel="fax", sent_by=dispatcher).count() == 3
    with pytest.raises(Conflict, match="都已送达"):
        letters.send([one], by=dispatcher, channel="fax")
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    receipt = f"/issues/handoffs/{one.pk}/receipt/"
    desk = signed_in(handler)
    assert "登记回执" in desk.get(f"/issues/handoffs/{one.pk}/").content.decode()
    assert desk.post(receipt, {"bureau": cast.yaodu.pk, "channel": "hand"}).status_code == 404
    desk.post(receipt, {"bureau": cast.xinghualing.pk, "channel": "hand"})
    row = Delivery.objects.get(handoff=one, bureau=cast.xinghualing)
    assert (row.received_by, row.received_through) == (handler, "hand")
    with pytest.raises(Conflict):
        letters.receive(one, by=handler, channel="fax", bureau=cast.xinghualing)
    with pytest.raises(Refused):
        letters.send([two], by=handler, channel="fax")
    told = [
        (e.kind, e.payload.get("channel")) for e in Event.objects.filter(subject_type="handoff", subject_id=str(one.pk))
    ]
    assert sorted(told) == [("letter_received", "hand"), ("letter_sent", "fax"), ("letter_sent", "fax")]
    assert not [fault for fault in verify() if "handoff" in str(fault)]
    # One county doesn't read what was sent to the other.
    seen = Delivery.objects.visible_to(cast.officer(cast.yaodu, Role.HANDLER))
    assert [row.bureau for row in seen] == [cast.yaodu]
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(received_through="fax")

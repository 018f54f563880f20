"""Letters of handoff documents: a new version of the words, sending to the bureaus of a document, their receipts."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enforcement.issues.letters import ITEM_PLACES, PLACES, faults_in
from enforcement.issues.models import Delivery, Handoff, LetterTemplate
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import Role

CHECKED = {"heading": PLACES, "opening": PLACES, "item": ITEM_PLACES, "closing": PLACES}


def check_words(words: dict[str, str]) -> None:
    """Raises Invalid with a sentence for every text that names a place there isn't."""
    errors = {name: found for name, places in CHECKED.items() if (found := faults_in(words.get(name, ""), places))}
    if not words.get("opening", "").strip():
        errors["opening"] = [_("请填写正文开头。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)


@transaction.atomic
def publish_words(
    words: dict[str, str], *, bureau: Bureau, by: Officer, valid_from: date, basis: str, after: int
) -> LetterTemplate:
    """The next version of a bureau's letter. `after` is the version it was written from (0: the common one).

    Raises Refused unless `by` is its dispatcher, Invalid with the field, Conflict where someone published since.
    """
    if not _dispatches(by, bureau):
        raise Refused(_("只有转办单位的转办员可以修改转办单模板。"))
    check_words(words)
    if not basis.strip():
        raise Invalid(_("请填写依据。"), field="basis")
    if valid_from < clock.today():
        raise Invalid(_("生效日期不能早于今天。"), field="valid_from")
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # one writer of a bureau's words at a time
    last = LetterTemplate.objects.filter(bureau=bureau).aggregate(last=Max("version"))["last"] or 0
    if last != after:
        raise Conflict(_("转办单模板刚刚已由他人发布为第%(n)d版，请核对后再发布。") % {"n": last})
    return LetterTemplate.objects.create(
        bureau=bureau, version=last + 1, valid_from=valid_from, basis=basis, published_at=clock.now(),
        published_by=by, **{name: words.get(name, "").strip() for name in CHECKED},
    )  # fmt: skip


def send(
    handoffs: Sequence[Handoff], *, by: Officer, channel: str, bureaus: Sequence[Bureau] | None = None
) -> list[Delivery]:
    """Puts on record that letters were sent: to every bureau of each document not sent to yet, or to those named.

    A batch: one transaction, all or none. Raises Refused unless `by` dispatches for every issuer, Conflict where there
    is nothing left to send.
    """
    if channel not in Delivery.Channel.values:
        raise Invalid(_("送达方式不在可选范围内。"), field="channel")
    with transaction.atomic():
        locked = Handoff.objects.filter(pk__in=[h.pk for h in handoffs]).select_for_update(of=("self",))
        sent = [row for document in locked.order_by("pk") for row in _send_one(document, by, channel, bureaus)]
        if not sent:
            raise Conflict(_("转办单都已送达，没有需要送达的。"))
    return sent


def _send_one(document: Handoff, by: Officer, channel: str, bureaus: Sequence[Bureau] | None) -> list[Delivery]:
    if not _dispatches(by, document.bureau):
        raise Refused(_("只有转办单位的转办员可以登记送达。"))
    receivers = {part.bureau_id: part.bureau for part in document.items.select_related("bureau").order_by("pk")}
    known = set(document.deliveries.values_list("bureau", flat=True))
    wanted = [b.pk for b in bureaus] if bureaus is not None else list(receivers)
    if set(wanted) - set(receivers):
        raise Invalid(_("该单位不在这份转办单中。"), field="bureau")
    now, rows = clock.now(), []
    for pk in wanted:
        if pk in known:
            continue
        row = Delivery.objects.create(handoff=document, bureau=receivers[pk], channel=channel, sent_at=now, sent_by=by)
        record(document, "letter_sent", by=by, bureau=document.bureau, to=pk, channel=channel)
        rows.append(row)
    return rows


@transaction.atomic
def receive(handoff: Handoff, *, by: Officer, channel: str, bureau: Bureau) -> Delivery:
    """The receipt of a letter by its bureau, once. Raises Refused unless `by` handles or dispatches for it today."""
    if channel not in Delivery.Channel.values:
        raise Invalid(_("回执方式不在可选范围内。"), field="channel")
    held = [p for p in by.postings_on(clock.today()) if p.role in (Role.HANDLER, Role.DISPATCHER)]
    if not any(p.bureau_id == bureau.pk for p in held):
        raise Refused(_("只有收件单位的承办人或转办员可以登记回执。"))
    document = Handoff.objects.select_for_update(of=("self",)).filter(pk=handoff.pk).first()
    row = Delivery.objects.filter(handoff=handoff, bureau=bureau).first()
    if document is None or row is None:
        raise Absent(_("这份转办单还没有送达本单位。"))
    if row.received_at is not None:
        raise Conflict(_("这份转办单的回执已经登记。"))
    row.received_at, row.received_by, row.received_through = clock.now(), by, channel
    row.save(update_fields=["received_at", "received_by", "received_through"])
    record(document, "letter_received", by=by, bureau=bureau, channel=channel)
    return row


def _dispatches(by: Officer, bureau: Bureau) -> bool:
    return any(p.bureau_id == bureau.pk and p.role == Role.DISPATCHER for p in by.postings_on(clock.today()))

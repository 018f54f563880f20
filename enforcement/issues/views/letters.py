"""Letters as documents: urging letters, handoff letters; sending them, receipts, and the office's own words."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.issues.actions import letters as acts
from enforcement.issues.forms import LetterForm
from enforcement.issues.letters import ITEM_PLACES, PLACES, handoff_letter, template_for, urging
from enforcement.issues.models import Delivery, Escalation, Handoff, Issue, LetterTemplate, Responsibility
from enforcement.papers import Paper, Paragraph, Table
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf
from enforcement.timeline import clock
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid
from regions.gatekeeper import OfficerRequest, allow, business, policy
from regions.models import Bureau, Officer
from regions.roles import Role

from .sheet import find

MADE = {
    "docx": (as_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (as_pdf, "application/pdf"),
}
SHOWN_VERSIONS = 20
#: The most documents sent as one batch.
MOST_DOCUMENTS = 30


@policy(business("issues"))
@require_safe
def urging_letter(request: OfficerRequest, number: str, pk: int, kind: str) -> HttpResponse:
    """The letter of one escalation; a paper of the office, whatever language its reader's pages are in."""
    issue = find(request, number)
    if pk > keyset.LARGEST or kind not in MADE:
        raise Http404
    rows = Escalation.objects.filter(pk=pk, responsibility__issue=issue).exclude(number="")
    row = rows.select_related("bureau", "responsibility__bureau", "responsibility__issue").first()
    if row is None:
        raise Http404
    with translation.override("zh-hans"):
        return _file(urging(row), kind, f"urging-{row.pk}")


@policy(business("handoffs"))
@require_safe
def letter(request: OfficerRequest, pk: int, bureau: int, kind: str) -> HttpResponse:
    """The letter of a document to one of its bureaus, with the items of it the reader may see."""
    document = document_for(request.user, pk)
    items = items_for(request.user, document).filter(bureau=bureau) if bureau <= keyset.LARGEST else []
    shown = list(items)
    if not shown or kind not in MADE:
        raise Http404
    template = template_for(document.bureau, clock.beijing_day(document.issued_at))
    with translation.override("zh-hans"):
        return _file(
            handoff_letter(document, shown[0].bureau, shown, template), kind, f"handoff-{document.pk}-{bureau}"
        )


def _file(paper: Paper, kind: str, name: str) -> HttpResponse:
    made, media_type = MADE[kind]
    response = HttpResponse(made(paper), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def document_for(officer: Officer, pk: int) -> Handoff:
    """The document, if this officer may see it. Absent and forbidden are the same 404."""
    if pk > keyset.LARGEST:
        raise Http404
    found = Handoff.objects.visible_to(officer).select_related("bureau__division", "issued_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def items_for(officer: Officer, document: Handoff) -> Any:
    """The items of a document this officer may see, in order."""
    mine = Issue.objects.visible_to(officer).values("pk")
    items = Responsibility.objects.filter(handoff=document, issue__in=mine)
    return items.select_related("issue__site", "issue__located_in", "bureau").order_by("item", "-weight", "pk")


def deliveries_of(request: OfficerRequest, document: Handoff, items: list[Responsibility]) -> dict[str, Any]:
    """What the page of a document says of its letters: a line for each bureau of the items shown. One statement."""
    sent = {row.bureau_id: row for row in Delivery.objects.visible_to(request.user).filter(handoff=document)
            .select_related("sent_by", "received_by")}  # fmt: skip
    posts = request.user.postings_on(clock.today())
    mine = {p.bureau_id for p in posts if p.role in (Role.HANDLER, Role.DISPATCHER)}
    bureaus = {item.bureau_id: item.bureau for item in items}
    lines = [
        {
            "bureau": bureau,
            "row": (row := sent.get(pk)),
            "may_receive": row is not None and row.received_at is None and pk in mine,
        }
        for pk, bureau in bureaus.items()
    ]
    sends = any(p.bureau_id == document.bureau_id and p.role == Role.DISPATCHER for p in posts)
    return {
        "letters": lines,
        "may_send": sends and any(line["row"] is None for line in lines),
        "channels": Delivery.Channel.choices,
    }


@policy(allow(Role.DISPATCHER, scope="handoffs"))
@require_POST
def send_letters(request: OfficerRequest) -> HttpResponse:
    """Puts on record that the letters of the ticked documents were sent; one batch."""
    keys = [key for key in request.POST.getlist("handoff") if key.isascii() and key.isdigit() and len(key) < 19]
    found = list(Handoff.objects.visible_to(request.user).filter(pk__in=keys)[: MOST_DOCUMENTS + 1])
    back = redirect("issues:handoff", found[0].pk) if len(found) == 1 else redirect("issues:handoffs")
    if not found or len(found) < len(set(keys)):
        messages.error(request, _("请勾选要送达的转办单。"))
        return back
    if len(found) > MOST_DOCUMENTS:
        messages.error(request, _("一次最多送达%(n)d份转办单，请分批。") % {"n": MOST_DOCUMENTS})
        return back
    try:
        sent = acts.send(found, by=request.user, channel=request.POST.get("channel", ""))
    except DomainError as error:
        messages.error(request, str(error))
        return back
    messages.success(request, _("已登记送达%(n)d个单位。") % {"n": len(sent)})
    return back


@policy(business("handoffs"))
@require_POST
def receive_letter(request: OfficerRequest, pk: int) -> HttpResponse:
    """The receipt of a document's letter by the bureau named, for those who handle for it."""
    document = document_for(request.user, pk)
    wanted = request.POST.get("bureau", "")
    held = {str(p.bureau_id): p.bureau for p in request.user.postings_on(clock.today())}
    if wanted not in held:
        raise Http404
    try:
        acts.receive(document, by=request.user, channel=request.POST.get("channel", ""), bureau=held[wanted])
        messages.success(request, _("已登记回执。"))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("issues:handoff", pk)


@policy(allow(Role.DISPATCHER, scope="handoffs"))
@require_http_methods(["GET", "HEAD", "POST"])
def letter_template(request: OfficerRequest) -> HttpResponse:
    """The office's words: what is in force, a new version with a preview, the versions there were."""
    bureau = min((p.bureau for p in request.user.postings_on(clock.today()) if p.role == Role.DISPATCHER), key=_name)
    versions = LetterTemplate.objects.visible_to(request.user).filter(bureau=bureau).select_related("published_by")
    newest = versions.order_by("-version").first() or template_for(bureau, clock.today())
    context: dict[str, Any] = {
        "bureau": bureau,
        "current": template_for(bureau, clock.today()),
        "versions": versions.order_by("-version")[:SHOWN_VERSIONS],
        "places": PLACES,
        "item_places": ITEM_PLACES,
    }
    if request.method != "POST":
        first = {name: getattr(newest, name) for name in acts.CHECKED}
        after = newest.version if newest.bureau_id else 0
        form = LetterForm(initial={**first, "valid_from": clock.today(), "after": after})
        return render(request, "issues/letter_template.html", {**context, "form": form})
    form = LetterForm(request.POST)
    words = {name: request.POST.get(name, "") for name in acts.CHECKED}
    if not form.is_valid() or not _sound(form, words):
        return render(request, "issues/letter_template.html", {**context, "form": form}, status=400)
    if request.POST.get("step") != "publish":
        paper = preview_of(request.user, bureau, words)
        if paper is None:
            messages.info(request, _("文字没有差错。还没有可供预览的转办单。"))
        context |= {"form": form, "paper": paper, "lines": _lines(paper) if paper else []}
        return render(request, "issues/letter_template.html", context)
    entered = form.cleaned_data
    try:
        made = acts.publish_words(
            words,
            bureau=bureau,
            by=request.user,
            valid_from=entered["valid_from"],
            basis=entered["basis"],
            after=entered["after"],
        )
    except DomainError as error:
        _put(form, error)
        status = 409 if isinstance(error, Conflict) else 400
        return render(request, "issues/letter_template.html", {**context, "form": form}, status=status)
    messages.success(request, _("已发布转办单模板第%(n)d版。") % {"n": made.version})
    return redirect("issues:letter_template")


def _lines(paper: Paper) -> list[str]:
    """A paper's running text and the rows of its tables, a line each."""
    lines: list[str] = []
    for block in paper.blocks:
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, Table):
            lines += ["　".join(map(str, row)) for row in (block.columns, *block.rows)]
    return lines


def _name(bureau: Bureau) -> str:
    return bureau.name


def _sound(form: forms.Form, words: dict[str, str]) -> bool:
    try:
        acts.check_words(words)
    except Invalid as error:
        _put(form, error)
        return False
    return True


def _put(form: forms.Form, error: DomainError) -> None:
    errors = error.errors if isinstance(error, Invalid) and error.errors else {error.field or "": [str(error)]}
    for name, sentences in errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def preview_of(officer: Officer, bureau: Bureau, words: dict[str, str]) -> Paper | None:
    """The bureau's last document in these words, to the first of its bureaus. None before there is any document."""
    document = Handoff.objects.visible_to(officer).filter(bureau=bureau).select_related("bureau").first()
    items = list(items_for(officer, document)) if document else []
    if document is None or not items:
        return None
    mine = [item for item in items if item.bureau_id == items[0].bureau_id]
    draft = LetterTemplate(bureau=bureau, version=0, **words)
    with translation.override("zh-hans"):
        return handoff_letter(document, mine[0].bureau, mine, draft)

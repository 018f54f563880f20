"""Editing, publishing, cloning and retiring checklists. A published version never changes."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enforcement.inspections import rules
from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.models import Checklist, ChecklistItem, ChecklistVersion
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions import words
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import Role

#: Who keeps checklists: the people who prepare campaigns, in a province's or a city's department.
KEEPERS = frozenset({Role.DISPATCHER, Role.COORDINATOR})
MAX_ITEMS = 300
FIELDS = (
    "section", "code", "text", "kind", "choices", "unit", "low", "high", "failing", "asked_if", "asked_if_answers",
    "evidence", "law", "severity", "becomes", "pollution_type",
)  # fmt: skip


def may_keep(officer: Officer) -> bool:
    return any(
        posting.role in KEEPERS and posting.bureau.division.level in {"province", "city"}
        for posting in officer.postings_on(clock.today())
    )


def begin(*, by: Officer, key: str, name: str, source: str, industries: list[str] | None = None) -> ChecklistVersion:
    """A new list with an empty first draft. Raises Refused, Invalid."""
    check_keeper(by)
    name, source = words.line(name, "name", 60), words.line(source, "source", 300)
    if Checklist.objects.filter(key=key).exists():
        raise Invalid(_("已有代号为“%(key)s”的检查表。") % {"key": key}, field="key")
    with transaction.atomic():
        made = Checklist.objects.create(key=key, name=name, industries=industries or [])
        return _draft(made, 1, source, by, "checklist_begun")


def clone(version: ChecklistVersion, *, by: Officer, source: str = "") -> ChecklistVersion:
    """The next draft of the list with the same items. Raises Conflict where a draft stands already."""
    check_keeper(by)
    with transaction.atomic():
        held = Checklist.objects.select_for_update().get(pk=version.checklist_id)
        if held.versions.filter(state=ListState.DRAFT).exists():
            raise Conflict(_("这份检查表已有一个草稿，请先发布或继续编辑它。"))
        number = (held.versions.aggregate(top=Max("number"))["top"] or 0) + 1
        draft = _draft(held, number, source or version.source, by, "checklist_cloned", of=version.number)
        copies = list(version.items.all())
        ChecklistItem.objects.bulk_create(
            ChecklistItem(list_version=draft, place=item.place, **{name: getattr(item, name) for name in FIELDS})
            for item in copies
        )
    return draft


def _draft(held: Checklist, number: int, source: str, by: Officer, event: str, **facts: Any) -> ChecklistVersion:
    draft = ChecklistVersion.objects.create(
        checklist=held, number=number, source=source, made_by=by, made_at=clock.now()
    )
    record(draft, event, by=by, number=number, **facts)
    return draft


def put_item(
    version: ChecklistVersion, *, by: Officer, seen: int | None, item: ChecklistItem | None = None, **entered: Any
) -> ChecklistItem:
    """Adds an item to a draft, or changes one. Raises Invalid for a code that stands already, Conflict when stale."""

    def change(draft: ChecklistVersion) -> tuple[ChecklistItem, dict[str, Any]]:
        row = item or ChecklistItem(list_version=draft, place=_next_place(draft))
        for name in FIELDS:
            if name in entered:
                setattr(row, name, entered[name])
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Invalid(_("编号“%(code)s”已被本表另一项使用。") % {"code": row.code}, field="code") from error
        return row, {"code": row.code}

    return _edited(version, by, seen, "checklist_item_put", change)


def drop_item(version: ChecklistVersion, *, by: Officer, seen: int | None, item: ChecklistItem) -> None:
    """Takes an item out of a draft: nobody ever answered it."""

    def change(draft: ChecklistVersion) -> tuple[None, dict[str, Any]]:
        code = item.code
        draft.items.filter(pk=item.pk).delete()
        return None, {"code": code}

    _edited(version, by, seen, "checklist_item_dropped", change)


def move_item(version: ChecklistVersion, *, by: Officer, seen: int | None, item: ChecklistItem, up: bool) -> None:
    """One place up or down."""

    def change(draft: ChecklistVersion) -> tuple[None, dict[str, Any]]:
        rows = list(draft.items.all())
        at = next(n for n, row in enumerate(rows) if row.pk == item.pk)
        to = at - 1 if up else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
        for place, row in enumerate(rows, start=1):
            row.place = place
        ChecklistItem.objects.bulk_update(rows, ["place"])
        return None, {"code": item.code}

    _edited(version, by, seen, "checklist_item_put", change)


def publish(version: ChecklistVersion, *, by: Officer, seen: int | None) -> None:
    """Puts a draft in force; the version before it is retired. Raises Invalid with everything that is wrong with it."""

    def change(draft: ChecklistVersion) -> tuple[None, dict[str, Any]]:
        faults = rules.faults_of(list(draft.items.all()))
        if faults:
            raise Invalid(faults[0], errors={"items": faults[:20]})
        now = clock.now()
        for before in draft.checklist.versions.select_for_update().filter(state=ListState.PUBLISHED):
            _retire(before, by)
        draft.state, draft.published_at = ListState.PUBLISHED, now
        return None, {"number": draft.number, "items": draft.items.count()}

    _edited(version, by, seen, "checklist_published", change)


def retire(version: ChecklistVersion, *, by: Officer, seen: int | None) -> None:
    """Takes a version out of use; visits already planned on it keep it."""
    check_keeper(by)
    with transaction.atomic():
        held = _locked(version, seen)
        if held.state != ListState.PUBLISHED:
            raise Conflict(_("只有已发布的检查表可以停用。"))
        _retire(held, by)


def _retire(held: ChecklistVersion, by: Officer) -> None:
    held.state, held.retired_at = ListState.RETIRED, clock.now()
    held.version += 1
    held.save()
    record(held, "checklist_retired", by=by, number=held.number)


def _edited(
    version: ChecklistVersion,
    by: Officer,
    seen: int | None,
    event: str,
    change: Callable[[ChecklistVersion], tuple[Any, dict[str, Any]]],
) -> Any:
    check_keeper(by)
    with transaction.atomic():
        draft = _locked(version, seen)
        if draft.state != ListState.DRAFT:
            raise Conflict(_("已发布的检查表不能修改，请复制成新的版本。"))
        made, facts = change(draft)
        draft.version += 1
        draft.save()
        record(draft, event, by=by, **facts)
    return made


def _locked(version: ChecklistVersion, seen: int | None) -> ChecklistVersion:
    held = ChecklistVersion.objects.select_for_update(of=("self",)).select_related("checklist").get(pk=version.pk)
    if seen is not None and held.version != seen:
        raise Conflict(_("这份检查表刚刚已被他人修改，请刷新后再改。"))
    return held


def _next_place(draft: ChecklistVersion) -> int:
    count = draft.items.count()
    if count >= MAX_ITEMS:
        raise Invalid(_("一份检查表最多%(n)d项。") % {"n": MAX_ITEMS}, field="code")
    return (draft.items.aggregate(top=Max("place"))["top"] or 0) + 1


def check_keeper(by: Officer) -> None:
    """Raises Refused for who doesn't keep checklists."""
    if not may_keep(by):
        raise Refused(_("只有省、市单位的转办员、会商协调员可以维护检查表。"))

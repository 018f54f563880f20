"""Every POST of the API on checks, campaigns, checklists, draws and interviews, with a body that is taken."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from enforcement.inspections.actions import campaigns, checklists, targets
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import ChecklistVersion
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.isolation.actors import Actor
from tests.isolation.bodies import BODIES, special_of
from tests.isolation.world import Plot

Call = tuple[str, Actor, str, dict[str, Any]]


def calls(plot: Plot, at_home: dict[Role, Actor], in_town: dict[Role, Actor]) -> Iterator[Call]:
    """Route, who, where, what: on the plot's own rows and on a campaign of its city made here."""
    inspector, dispatcher = at_home[Role.INSPECTOR], in_town[Role.DISPATCHER]
    declare = f"/api/v1/visits/{plot.visit.pk}/actions/declare/"
    yield "api:visit-action", inspector, declare, {}
    yield from _lists(dispatcher)
    yield from _campaigns(plot, dispatcher, at_home)
    meeting = BODIES["api:interview-list"](plot)[0]
    yield "api:interview-list", dispatcher, "/api/v1/interviews/", meeting
    held = f"/api/v1/interviews/{plot.interviews[0].pk}/actions/void/"
    yield "api:interview-action", dispatcher, held, {"reason": "重复"}
    yield "api:special-list", dispatcher, "/api/v1/special-inspections/", special_of(plot)
    held = f"/api/v1/special-inspections/{plot.specials[0].pk}/actions/void/"
    yield "api:special-action", dispatcher, held, {"reason": "重复"}


def _lists(keeper: Actor) -> Iterator[Call]:
    yield "api:checklist-list", keeper, "/api/v1/checklists/", {"key": "walked", "name": "检查表", "source": "惯例"}
    usual = ChecklistVersion.objects.get(checklist__key="autumn-winter", number=1)
    assert isinstance(keeper.officer, Officer)
    draft = checklists.clone(usual, by=keeper.officer)
    address = f"/api/v1/checklists/{draft.pk}"
    item = {"section": "一", "code": "99.1", "text": "台账齐全", "kind": "yes_no", "failing": ["no"]}
    yield "api:checklist-items", keeper, f"{address}/items/", item
    one = draft.items.order_by("place")[0]
    yield "api:checklist-item", keeper, f"{address}/items/{one.pk}/", {"law": "大气法第四十五条"}
    yield "api:checklist-action", keeper, f"{address}/actions/publish/", {}


def _campaigns(plot: Plot, keeper: Actor, at_home: dict[Role, Actor]) -> Iterator[Call]:
    today = clock.today()
    days = {"since": today.isoformat(), "until": (today + timedelta(days=20)).isoformat()}
    yield "api:campaign-list", keeper, "/api/v1/campaigns/", {"name": "行动", "legal_basis": "依据", **days}
    assert isinstance(keeper.officer, Officer)
    made = campaigns.create(
        by=keeper.officer, name="绿化", legal_basis="方案", since=today, until=today + timedelta(days=20), checklists=[plot.visit.list_version],
        counts=[campaigns.Count("绿化", "亩", Decimal(100))],
    )  # fmt: skip
    made = campaigns.change_state(made, CampaignState.RUNNING, by=keeper.officer, seen=None)
    address, quantity = f"/api/v1/campaigns/{made.pk}", str(made.quantities.get().pk)
    visit = {
        **BODIES["api:visit-list"](plot)[0],
        "campaign": str(made.pk),
        "members": [plot.visit.officers.exclude(officer=plot.visit.planner).get().officer.username],
    }
    yield "api:visit-list", at_home[Role.INSPECTOR], "/api/v1/visits/", visit
    tally = {
        "quantity": quantity,
        "division": plot.county.code,
        "amount": "1",
        "unit": "亩",
        "done_on": today.isoformat(),
    }
    yield "api:campaign-tallies", at_home[Role.HANDLER], f"{address}/tallies/", tally
    yield "api:draw-list", keeper, f"{address}/draws/", {"wanted": 1, "since": days["since"], "until": days["since"]}
    drawn = targets.commit(made, by=keeper.officer, wanted=1, since=today, until=today)
    yield "api:draw-action", keeper, f"/api/v1/draws/{drawn.pk}/actions/void/", {"reason": "重复"}
    yield "api:campaign-action", keeper, f"{address}/actions/end/", {}

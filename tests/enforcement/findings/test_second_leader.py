"""Promise: nobody confirms what they filed, and where a bureau has no second leader page, API and the supervisor above say so."""

from datetime import timedelta

import pytest

from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.timeline import clock
from regions.errors import Refused
from regions.models import Posting
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, filed, signed_in

pytestmark = pytest.mark.django_db
NOBODY = "没有可以确认的组长"


def test_a_finding_of_the_only_leader_waits_in_sight_until_another_is_posted_there() -> None:
    cast = casting.make()
    team = cast.taiyuan_team
    leader, inspector = cast.officer(team, Role.TEAM_LEADER), cast.officer(team, Role.INSPECTOR)
    own = findings.file_finding(
        by=leader, filer=team, receiver=cast.province, title="无组织排放", source="patrol", lon=HERE[0], lat=HERE[1],
        occurred_at=clock.now(),
    )  # fmt: skip
    page = own.get_absolute_url()
    assert f"等{team.short_name}的巡查员提交审核。" in signed_in(leader).get(page).content.decode()
    own = findings.perform(own, "submit", by=inspector)
    other = filed(cast, "leader_review", title="厂界异味")
    assert (
        f"等{team.short_name}的组长{leader.name}确认。"
        in signed_in(inspector).get(other.get_absolute_url()).content.decode()
    )

    # It is not the turn of who filed it, and its page says who could come.
    with pytest.raises(Refused, match="不能确认自己填报的线索"):
        findings.perform(own, "confirm", by=leader)
    bench = signed_in(leader).get("/").context["bench"]
    assert [row.pk for row in bench.findings] == [other.pk]
    for reader in (leader, inspector):
        shown = signed_in(reader).get(page).content.decode()
        assert f"{team.short_name}{NOBODY}" in shown
        assert "登记上级单位的组长临时兼任" in shown
    assert NOBODY in signed_in(leader).get(f"/api/v1/findings/{own.pk}/").json()["awaited"]

    # Supervisors of the city and of the province right above have it on the workbench, those of another city have not.
    city = signed_in(cast.officer(cast.taiyuan, Role.SUPERVISOR))
    with at_most(10):
        answer = city.get("/")
    assert [row.pk for row in answer.context["bench"].findings] == [own.pk]
    assert f"填报单位{NOBODY}" in answer.content.decode()
    assert [row.pk for row in city.get("/findings/?turn=mine").context["rows"]] == [own.pk]
    for bureau, listed in ((cast.province, [own.pk]), (cast.linfen, [])):
        bench = signed_in(cast.officer(bureau, Role.SUPERVISOR)).get("/").context["bench"]
        assert [row.pk for row in bench.findings] == listed

    # A leader from above, posted there for a week, is a second pair of eyes.
    lent = cast.officer(cast.province, Role.TEAM_LEADER)
    today = clock.today()
    Posting.objects.create(
        officer=lent, bureau=team, role=Role.TEAM_LEADER, since=today, until=today + timedelta(days=7)
    )
    assert f"组长{lent.name}确认。" in signed_in(leader).get(page).content.decode()
    assert not city.get("/").context["bench"].findings
    assert [row.pk for row in signed_in(lent).get("/").context["bench"].findings] == [own.pk, other.pk]
    findings.perform(Finding.objects.get(pk=own.pk), "confirm", by=type(lent).objects.get(pk=lent.pk))
    assert "的转办员转办。" in signed_in(leader).get(page).content.decode()

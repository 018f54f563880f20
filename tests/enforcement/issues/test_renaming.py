"""Promise: an issue is found by the old and the new name of its site, bureau and division; nobody has to tell the index."""

import pytest

from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off, renaming
from enforcement.issues.models import Issue, Renaming
from enforcement.issues.tasks import follow_renames
from regions.models import Bureau, Division, Site
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most

pytestmark = pytest.mark.django_db


def test_old_and_new_names_lead_to_the_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = casting.make()
    county, city = cast.xinghualing.division, Division.objects.get(code="140100")
    site = Site.objects.create(name="晋阳铸造厂", division=county, lon=HERE[0], lat=HERE[1])
    dispatcher, reader = (cast.officer(cast.province, role) for role in (Role.DISPATCHER, Role.SUPERVISOR))

    def handed(*bureaus: Bureau) -> list[Issue]:
        items = [
            Item(f"异味{n}", "patrol", *HERE, [Share(bureau)], site=site if not n else None, verifier=cast.taiyuan_team)
            for n, bureau in enumerate(bureaus)
        ]
        return [part.issue for part in hand_off(items, issuer=cast.province, by=dispatcher).opened]

    one, other, far = handed(cast.xinghualing, cast.xinghualing, cast.yaodu)

    def found(words: str) -> set[Issue]:
        rows = Issue.objects.visible_to(reader).matching(words, reader)
        with at_most(1):
            return set(rows)

    assert found("杏花岭分局") == {one, other}
    site.name, county.name, city.name = "龙城精密机械", "迎晖区", "并州市"
    cast.xinghualing.name, cast.xinghualing.short_name = "迎晖生态环境分局", "迎晖分局"
    for row in (site, county, city, cast.xinghualing):
        row.save()
    site.save()  # the same again is no renaming
    assert Renaming.objects.count() == 4
    monkeypatch.setattr(renaming, "BATCH", 1)
    real = renaming._step

    def dies(key: int) -> int:
        real(key)
        raise KeyboardInterrupt

    monkeypatch.setattr(renaming, "_step", dies)
    with pytest.raises(KeyboardInterrupt):
        follow_renames()
    monkeypatch.setattr(renaming, "_step", real)
    follow_renames()
    assert not Renaming.objects.filter(done_at=None).exists()
    for words, wanted in (
        ("铸造", {one}),
        ("精密", {one}),
        ("迎晖区", {one, other, far}),  # all lie there
        ("并州", {one, other, far}),
        ("太原", {one, other, far}),
        ("生态环境分局", {one, other}),
        ("杏花岭分局", {one, other}),
        ("龙城 杏花岭", {one}),  # a word by its new, a word by its old name
        ("尧都分局", {far}),
        ("晋阳精密", set()),
    ):
        assert found(words) == wanted, words
    # What is opened later stands under the new names; under a renamed city's once the sweep came by.
    (late,) = handed(cast.xinghualing)
    assert late in found("迎晖分局")
    assert late not in found("并州")
    follow_renames()
    assert late in found("并州")
    actions.perform(far, "return", by=cast.officer(cast.yaodu, Role.HANDLER), reason_code="not_ours", reason="不属本区")
    actions.perform(far, "reissue", by=dispatcher, bureau=cast.linfen, reason="属市局")
    assert found("临汾市局") == {far}
    assert far in found("尧都分局")
    handler, team = cast.officer(cast.xinghualing, Role.HANDLER), cast.xinghualing_team
    actions.perform(one, "acknowledge", by=handler)
    actions.perform(one, "delegate", by=handler, bureau=team, due_on=one.due_on)
    assert found(team.name) == {one}

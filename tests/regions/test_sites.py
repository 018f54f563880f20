"""Promise: the register of sites says since when a grade holds: who changes a grade on the admin site has to state the day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from regions.models import Site
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, signed_in

pytestmark = pytest.mark.django_db


def test_a_grade_is_changed_with_its_day() -> None:
    cast, today = casting.make(), timezone.localdate()
    site = Site.objects.create(name="砖瓦窑", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    keeper = signed_in(cast.officer(cast.province, Role.SYSTEM_ADMINISTRATOR))
    page = reverse("admin:regions_site_change", args=[site.pk])
    entered = {"name": site.name, "division": site.division_id, "lon": site.lon, "lat": site.lat, "grade": "C"}
    for since, sentence in (
        ("", "改绩效等级的，请填这次的生效日期"),
        (today + timedelta(days=1), "生效日期不能晚于今天"),
    ):
        answer = keeper.post(page, {**entered, "grade_since": since})
        assert sentence in answer.content.decode()
        assert not Site.objects.get().grade
    assert keeper.post(page, {**entered, "grade_since": today}).status_code == 302
    assert (Site.objects.get().grade, Site.objects.get().grade_since) == ("C", today)

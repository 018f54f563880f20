"""Promise: the office enters a year of the working calendar itself; versions before it never change."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from enforcement.issues.models import Responsibility
from regions.calendars import lines_of, publish_year
from regions.errors import Invalid
from regions.models import WorkCalendar
from regions.roles import Role
from regions.workdays import add_workdays
from tests.scenarios import cast as casting
from tests.scenarios.cast import Cast
from tests.scenarios.desks import handed, signed_in

pytestmark = pytest.mark.django_db

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"
HOLIDAYS = "2027-01-01 至 2027-01-03 元旦\n２０２７年２月５日至2027年2月11日 春节\n\n2027/10/1—2027/10/7：国庆节\n"
MAKEUP = "2027-02-14 春节\n2027-10-09，国庆节"


@pytest.fixture
def cast(db: None) -> Cast:
    return casting.make()


@pytest.fixture
def keeper(cast: Cast) -> Client:
    return signed_in(cast.officer(cast.province, Role.SYSTEM_ADMINISTRATOR))


def entered(**changed: str) -> dict[str, str]:
    return {
        "year": "2027", "holidays": HOLIDAYS, "makeup_days": MAKEUP, "source": NOTICE, "confirmed": "on", "note": "",
    } | changed  # fmt: skip


def published(**changed: object) -> WorkCalendar:
    whole = {"year": 2027, "holidays": HOLIDAYS, "makeup_days": MAKEUP, "source": NOTICE, "confirmed": True, "by": None}
    return publish_year(**(whole | changed))  # type: ignore[arg-type]


def test_a_year_entered_on_the_page_is_what_is_counted_with(keeper: Client, cast: Cast) -> None:
    before = WorkCalendar.current()
    page = keeper.get(reverse("admin:regions_workcalendar_add"))
    assert page.context["adminform"].form.initial["year"] == 2027
    answer = keeper.post(reverse("admin:regions_workcalendar_add"), entered())
    assert answer.status_code == 302, answer.content.decode()
    after = WorkCalendar.current()
    assert after.version == before.version + 1
    assert after.made_by is not None
    # 4 February is a Thursday; 5 to 11 are off, 14 is a Sunday that works.
    assert add_workdays(date(2027, 2, 4), 3, after.value()) == (date(2027, 2, 15), False)
    assert add_workdays(date(2027, 2, 4), 3, before.value()) == (date(2027, 2, 9), True)
    # Every other year is as it was.
    assert add_workdays(date(2026, 2, 12), 3, after.value()) == add_workdays(date(2026, 2, 12), 3, before.value())
    read = keeper.get(reverse("admin:regions_workcalendar_change", args=[after.pk])).content.decode()
    assert NOTICE in read
    assert "春节" in read


def test_open_items_keep_the_version_they_were_counted_with(keeper: Client, cast: Cast) -> None:
    (issue,) = handed(cast, 1)
    before = Responsibility.objects.get(issue=issue)
    published()
    again = Responsibility.objects.get(issue=issue)
    assert (again.calendar_id, again.due_on) == (before.calendar_id, before.due_on)
    (later,) = handed(cast, 1, cast.yaodu)
    assert Responsibility.objects.get(issue=later).calendar == WorkCalendar.current()


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"holidays": "2027-01-01\n二月五日"}, "holidays", "第2行：“二月五日”不是日期"),
        ({"holidays": "2027-02-30"}, "holidays", "没有“2027-02-30”这一天"),
        ({"holidays": "2026-12-31 至 2027-01-02"}, "holidays", "日期不在2027年"),
        ({"holidays": "2027-05-05 至 2027-05-01"}, "holidays", "止日早于起日"),
        ({"holidays": "2027-05-01 至 2027-08-01"}, "holidays", "超过15天"),
        ({"holidays": "2027-05-01\n2027-05-01"}, "holidays", "第2行：2027-05-01填了两次"),
        ({"holidays": "2027-05-01\n" * 61}, "holidays", "超过60行"),
        ({"holidays": ""}, "holidays", "没有填写放假日期"),
        ({"makeup_days": "2027-02-15"}, "makeup_days", "2027-02-15不是周末"),
        ({"makeup_days": "2027-10-02"}, "makeup_days", "同时填在放假和调休上班中"),
        ({"source": " "}, "source", "依据"),
        ({"year": "1900"}, "year", ""),
        ({"year": "二〇二七"}, "year", ""),
    ],
)
def test_what_cannot_be_right_is_told_beside_its_field(
    keeper: Client, changed: dict[str, str], field: str, sentence: str
) -> None:
    answer = keeper.post(reverse("admin:regions_workcalendar_add"), entered(**changed))
    assert answer.status_code == 200
    assert any(sentence in said for said in answer.context["adminform"].form.errors[field])
    assert WorkCalendar.objects.count() == 1


def test_the_same_year_again_makes_no_version() -> None:
    made = published()
    with pytest.raises(Invalid, match="完全相同"):
        published()
    assert WorkCalendar.current() == made


def test_what_is_shown_for_mending_reads_back_as_the_same() -> None:
    made = published()
    off, work = lines_of(made, 2027)
    with pytest.raises(Invalid, match="完全相同"):
        published(holidays=off, makeup_days=work)


def test_only_the_system_administrator_makes_versions(cast: Cast) -> None:
    for role in (Role.SECURITY_ADMINISTRATOR, Role.DISPATCHER):
        answer = signed_in(cast.officer(cast.province, role)).post(reverse("admin:regions_workcalendar_add"), entered())
        assert answer.status_code in {302, 403}
    assert WorkCalendar.objects.count() == 1


def test_a_version_is_never_changed(keeper: Client) -> None:
    version = WorkCalendar.current()
    answer = keeper.post(reverse("admin:regions_workcalendar_change", args=[version.pk]), entered())
    assert answer.status_code == 403
    assert keeper.post(reverse("admin:regions_workcalendar_delete", args=[version.pk])).status_code == 403

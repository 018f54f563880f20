"""A fixed cast: the bureaus and people every test knows, built from the reference data."""

from dataclasses import dataclass, field
from datetime import date

from regions.models import Bureau, BureauKind, Division, Officer, Posting
from regions.roles import Role

SINCE = date(2020, 1, 1)


@dataclass
class Cast:
    """Province, two cities (太原, 临汾) with two counties each, a second bureau in one county, a contractor."""

    province: Bureau
    taiyuan: Bureau
    taiyuan_team: Bureau
    linfen: Bureau
    xinghualing: Bureau
    xinghualing_team: Bureau
    yaodu: Bureau
    contractor: Bureau
    officers: dict[tuple[int, Role], Officer] = field(default_factory=dict)

    def officer(self, bureau: Bureau, role: Role, *, badge: bool = True) -> Officer:
        """The bureau's officer with that role, made on first use."""
        key = (bureau.pk, role)
        if key not in self.officers:
            username = f"{role.value}-{bureau.pk}"
            officer = Officer.objects.create_officer(
                username,
                f"{bureau.short_name}{role.value}",
                "correct horse battery",
                badge_no="B" + username if badge else "",
            )
            Posting.objects.create(officer=officer, bureau=bureau, role=role, since=SINCE)
            self.officers[key] = officer
        return self.officers[key]


def bureau(
    name: str, code: str, kind: str = BureauKind.DEPARTMENT, *, answers: bool = False, prefix: str = ""
) -> Bureau:
    division = Division.objects.current().get(code=code)
    return Bureau.objects.create(
        name=name,
        short_name=name[-12:],
        kind=kind,
        division=division,
        answers_for_division=answers,
        document_prefix=prefix,
    )


def make() -> Cast:
    """Creates the cast's bureaus; officers come as they are asked for."""
    return Cast(
        province=bureau("省大气办（测试）", "140000", answers=True, prefix="晋气转"),
        taiyuan=bureau("太原市局（测试）", "140100", answers=True, prefix="并环转"),
        taiyuan_team=bureau("太原市执法队（测试）", "140100", BureauKind.ENFORCEMENT_TEAM),
        linfen=bureau("临汾市局（测试）", "141000", answers=True, prefix="临环转"),
        xinghualing=bureau("杏花岭分局（测试）", "140107", answers=True),
        xinghualing_team=bureau("杏花岭执法队（测试）", "140107", BureauKind.ENFORCEMENT_TEAM),
        yaodu=bureau("尧都分局（测试）", "141002", answers=True),
        contractor=bureau("清风走航公司（测试）", "140100", BureauKind.CONTRACTOR),
    )

"""The demo's bureaus: province, 11 cities, 117 counties, a zone, a second bureau in one county, five contractors."""

from collections.abc import Iterator

from regions.models import Bureau, BureauKind, Division, Level

PROVINCE = "140000"
#: A county with a second bureau, which shares issues with the first.
SHARING_COUNTY = "140107"
ZONE = "140171"
ZONE_HOST = "140105"
FIRMS = (
    "示例清源走航技术有限公司",
    "示例碧空环境监测有限公司",
    "示例晋测科技有限公司",
    "示例蓝图环保服务有限公司",
    "示例恒净检测有限公司",
)
_PREFIXES = {
    "140000": "晋气防办转",
    "140100": "并环转",
    "140200": "同环转",
    "140300": "阳环转",
    "140400": "长环转",
    "140500": "晋市环转",
    "140600": "朔环转",
    "140700": "晋中环转",
    "140800": "运环转",
    "140900": "忻环转",
    "141000": "临环转",
    "141100": "吕环转",
}


def firm(number: int) -> str:
    """Key of a contractor, from 0."""
    return f"firm-{number}"


def team(code: str) -> str:
    """Key of the enforcement team beside the bureau of a division."""
    return f"{code}-team"


HOUSING = f"{SHARING_COUNTY}-housing"


def make() -> dict[str, Bureau]:
    """Creates the bureaus and gives them by key: the division's code, `team(code)`, `HOUSING`, `firm(n)`."""
    made: dict[str, Bureau] = {}
    divisions = {d.code: d for d in Division.objects.current().exclude(code="")}
    for layer in (_departments_above, _below):
        rows = list(layer(divisions, made))
        Bureau.objects.bulk_create(bureau for _key, bureau in rows)
        made.update(rows)
    return made


def _departments_above(divisions: dict[str, Division], made: dict[str, Bureau]) -> Iterator[tuple[str, Bureau]]:
    """The air office and the city bureaus: what teams, counties and contractors stand under."""
    for code, prefix in _PREFIXES.items():
        division = divisions[code]
        name = "山西省大气污染防治工作办公室" if code == PROVINCE else f"{division.name}生态环境局"
        short = "省大气办" if code == PROVINCE else f"{division.short_name}市局"
        yield code, _bureau(name, short, division, prefix=prefix, answers=True)


def _below(divisions: dict[str, Division], made: dict[str, Bureau]) -> Iterator[tuple[str, Bureau]]:
    for code in _PREFIXES:
        division = divisions[code]
        whole = "山西省生态环境综合行政执法总队" if code == PROVINCE else f"{division.name}生态环境保护综合行政执法队"
        short = "省执法总队" if code == PROVINCE else f"{division.short_name}执法队"
        yield team(code), _bureau(whole, short, division, BureauKind.ENFORCEMENT_TEAM, parent=made[code])
    for division in divisions.values():
        if division.level == Level.COUNTY:
            yield division.code, _county(division, made[f"{division.code[:4]}00"])
    zone = divisions[ZONE]
    name = "山西转型综合改革示范区生态环境分局"
    yield ZONE, _bureau(name, "综改区分局", zone, parent=made[f"{ZONE[:4]}00"], answers=True)
    yield HOUSING, _bureau("太原市杏花岭区住房和城乡建设局", "杏花岭区住建局", divisions[SHARING_COUNTY])
    for number, name in enumerate(FIRMS):
        yield firm(number), _bureau(name, name[2:6], divisions[PROVINCE], BureauKind.CONTRACTOR, parent=made[PROVINCE])


def _county(division: Division, city: Bureau) -> Bureau:
    within = division.short_name.removeprefix(city.division.short_name)
    name = f"{city.division.name}生态环境局{within}分局"
    return _bureau(name, f"{division.short_name}分局", division, parent=city, answers=True)


def _bureau(
    name: str,
    short_name: str,
    division: Division,
    kind: str = BureauKind.DEPARTMENT,
    *,
    parent: Bureau | None = None,
    prefix: str = "",
    answers: bool = False,
) -> Bureau:
    """Kept apart from the real one of that name by its ending."""
    return Bureau(
        name=f"{name}（演示）",
        short_name=short_name,
        kind=kind,
        division=division,
        parent=parent,
        document_prefix=prefix,
        answers_for_division=answers,
    )

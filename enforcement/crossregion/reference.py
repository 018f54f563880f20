"""Default rules of a draw: practice of the offices and our own choices, dated and editable, never constants in code."""

from datetime import date

from enforcement.crossregion.models import Ability, DrawRule
from enforcement.crossregion.models.abilities import Kind

BASIS = "交叉执法惯例（默认值，可在基础数据中增设新规则）"
SINCE = date(2015, 1, 1)


#: The issue's own words for what a job asks: (key, name, kind).
ABILITIES = (
    ("ozone", "臭氧", Kind.SKILL),
    ("kilns", "砖瓦窑", Kind.SKILL),
    ("online_monitoring", "在线监测", Kind.SKILL),
    ("infrared_camera", "红外热像仪", Kind.EQUIPMENT),
    ("fid", "FID检测仪", Kind.EQUIPMENT),
    ("drone", "无人机", Kind.EQUIPMENT),
)


def load() -> None:
    """Adds the defaults where no rule and no word of that key stands yet. Idempotent."""
    known = set(Ability.objects.values_list("key", flat=True))
    Ability.objects.bulk_create(
        Ability(key=key, name=name, kind=kind, basis=BASIS) for key, name, kind in ABILITIES if key not in known
    )
    if DrawRule.objects.exists():
        return
    DrawRule.objects.create(
        valid_from=SINCE,
        min_members=2,
        min_badged=2,
        repeat_rounds=1,
        max_km=400,
        spread=1,
        per_city=1,
        road_factor_percent=130,
        noise_percent=20,
        worst_load_percent=30,
        gap_permille=10,
        time_limit_s=120,
        targets_per_team=3,
        handover_days=10,
        strata={"A": 5, "B": 15, "C": 30, "D": 40, "": 10},
        risks={"A": 1, "B": 2, "C": 4, "D": 6, "leading": 1, "not_leading": 4, "": 3},
        needs={"砖瓦": ["kilns"], "化工": ["fid"]},
        basis=BASIS,
    )

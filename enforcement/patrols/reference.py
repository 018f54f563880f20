"""Default rules of patrols: domain practice, dated and editable, never constants in code."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from django.forms.models import model_to_dict

from enforcement.patrols.models import (
    HotSpotRule,
    ImportRule,
    IndustryFingerprint,
    PersistenceRule,
    QualityRule,
    RedriveRule,
    Substance,
    TracingRule,
    TrackRuleSetting,
    UploadRule,
)
from enforcement.patrols.tracks.rules import HotSpotSettings

BASIS = "走航行业惯例（默认值，可在基础数据中增设新规则）"
QUALITY_BASIS = "走航质控惯例：预热30分钟、每日零点和单点跨度（±15%至20%）、中断超过5秒不插值（默认值，可增设新规则）"
SINCE = date(2015, 1, 1)
#: Importing 2 GB takes 1.9 GB of a worker's memory (docs/performance.md); the first default allowed 1.5 GB.
MEMORY_MB, FIRST_MEMORY_MB = 2500, 1500
LARGE_FILES_SINCE = date(2026, 11, 26)
ATOMIC_WEIGHTS = "由 IUPAC 2021 标准原子量计算"
MIXTURE = "多种物质之和，没有单一的摩尔质量"
#: Name -> other names, molar mass in g/mol (None: a mixture).
SUBSTANCES: dict[str, tuple[str, str | None]] = {
    "苯": ("benzene;C6H6", "78.114"),
    "甲苯": ("toluene;C7H8", "92.141"),
    "乙苯": ("ethylbenzene", "106.168"),
    "二甲苯": (
        "xylene;xylenes;间二甲苯;对二甲苯;邻二甲苯;间对二甲苯;m,p-xylene;o-xylene;C8 aromatics;C8芳烃",
        "106.168",
    ),
    "苯乙烯": ("styrene", "104.152"),
    "丙烯": ("propene;propylene", "42.081"),
    "异戊二烯": ("isoprene", "68.119"),
    "甲醇": ("methanol", "32.042"),
    "甲醛": ("formaldehyde;HCHO", "30.026"),
    "乙醛": ("acetaldehyde", "44.053"),
    "丙酮": ("acetone", "58.080"),
    "乙酸乙酯": ("ethyl acetate", "88.106"),
    "乙酸丁酯": ("butyl acetate", "116.160"),
    "二氯甲烷": ("dichloromethane;DCM", "84.93"),
    "三氯乙烯": ("trichloroethylene;TCE", "131.38"),
    "氯乙烯": ("vinyl chloride", "62.50"),
    "丙烯腈": ("acrylonitrile", "53.064"),
    "二硫化碳": ("carbon disulfide;CS2", "76.13"),
    "甲烷": ("methane;CH4", "16.043"),
    "一氧化碳": ("carbon monoxide;CO", "28.010"),
    "二氧化硫": ("sulfur dioxide;SO2", "64.06"),
    "二氧化氮": ("nitrogen dioxide;NO2", "46.005"),
    "一氧化氮": ("nitric oxide;NO", "30.006"),
    "臭氧": ("ozone;O3", "47.997"),
    "硫化氢": ("hydrogen sulfide;H2S", "34.08"),
    "氨": ("ammonia;NH3", "17.031"),
    "TVOC": ("TVOCs;VOC;VOCs;总挥发性有机物;挥发性有机物", None),
    "NMHC": ("非甲烷总烃;NMHCs;NMVOC", None),
    "THC": ("总烃", None),
    "NOx": ("氮氧化物", None),
}
#: The default rules of TVOC in ppb by the day they came into force. A version never changes; a better one is added.
TVOC_RULES: dict[date, HotSpotSettings] = {
    SINCE: HotSpotSettings(
        window_s=600,
        percentile=5,
        step_s=10,
        min_window_share=0.1,
        ratio=3,
        floor=200,
        background_min=10,
        min_duration_s=5,
        merge_gap_s=10,
        merge_gap_m=50,
    ),
    # Tuned on seed 11 of benchmarks/hotspots.py, never on the seed it reports.
    date(2026, 11, 1): HotSpotSettings(
        window_s=600,
        percentile=5,
        step_s=10,
        min_window_share=0.1,
        ratio=3,
        floor=200,
        background_min=10,
        min_duration_s=5,
        merge_gap_s=10,
        merge_gap_m=20,
        restart_gap_s=120,
        idle_kmh=3,
        min_moving_s=4,
        spike_s=4,
        release_share=0.7,
        tracer="CO",
        tracer_ratio=0.0015,
        max_rise=0.45,
        min_steady=0.82,
        min_hold=0.4,
        medium_peak=500,
        severe_peak=1500,
        medium_dose=10_000,
        severe_dose=60_000,
        stop_min_s=60,
        stop_max_s=300,
        repeat_m=100,
        repeat_after_s=120,
    ),
}

#: Rules that judge nothing until an office wants them: shown beside those in force where a run is judged again.
COMPARED_SINCE = date(2026, 11, 26)
COMPARED_BASIS = "参考值，不是标准：由本系统按常见走航条件拟定，限值由本单位按当地情况定，取消“仅供比较”后才用于判定"
_NEWEST = TVOC_RULES[max(TVOC_RULES)]
#: (name, channel) -> settings, and what a group's rule has beside them. 0.5 m/s is below what tracing takes for wind.
COMPARED_RULES: dict[tuple[str, str], tuple[HotSpotSettings, dict[str, Any]]] = {
    ("TVOC 风速车速筛选", "TVOC"): (replace(_NEWEST, calm_ms=0.5, slow_kmh=5, fast_kmh=60), {}),
    ("苯系物之和", "苯系物"): (
        replace(
            _NEWEST, floor=50, background_min=2, tracer="", tracer_ratio=0, medium_peak=150, severe_peak=500,
            medium_dose=3000, severe_dose=20_000,
        ),
        {"members": "苯；甲苯；乙苯；二甲苯；苯乙烯", "least_members": 2},
    ),
}  # fmt: skip

#: Chosen on seed 11 of benchmarks/tracing.py, never on the seed it reports. Weights are relative.
TRACING_RULE: dict[str, Any] = {
    "wind_before_s": 90,
    "wind_after_s": 30,
    "void_ms": 0.5,
    "light_ms": 1.5,
    "half_deg": 30,
    "light_half_deg": 60,
    "near_m": 50,
    "far_m": 2000,
    "extent_m": 80,
    "direction_weight": 1.0,
    "distance_weight": 0.6,
    "species_weight": 3.0,
    "permit_weight": 0.2,
    "grade_weight": 0.2,
    "history_weight": 0.3,
    "distance_scale_m": 800,
    "no_permit": 0.6,
    "no_history": 0.6,
    "no_industry": 0.5,
    "grades": {"A": 0.5, "B": 0.65, "C": 0.85, "D": 1.0, "leading": 0.5, "not_leading": 0.9, "": 0.8},
    "history_days": 730,
    "least_species": 3,
    "match_at": 0.8,
    "most": 10,
}
PRINTS_BASIS = "走航行业经验（苯系物以炼焦、二甲苯和乙酸酯以涂装为特征），份额为默认值，应以本地源谱替换"
#: Industry -> words of a site's industry, shares by number of what it is told by. Experience, no measured profile.
FINGERPRINTS: dict[str, tuple[tuple[str, ...], dict[str, float]]] = {
    "炼焦": (("炼焦", "焦化", "煤化工", "焦油"),
           {"苯": 0.5, "甲苯": 0.17, "C8芳烃": 0.06, "萘": 0.09, "硫化氢": 0.08, "氨": 0.1}),
    "涂装": (("涂装", "喷涂", "喷漆", "汽修", "家具", "钢结构", "机械制造", "汽车制造"),
           {"C8芳烃": 0.52, "甲苯": 0.18, "乙酸丁酯": 0.16, "乙酸乙酯": 0.06, "C9芳烃": 0.06, "苯": 0.02}),
    "印刷": (("印刷", "包装印", "彩印"),
           {"乙酸乙酯": 0.48, "异丙醇": 0.28, "甲苯": 0.1, "丁酮": 0.07, "C8芳烃": 0.05, "苯": 0.02}),
    "加油站": (("加油站", "油库", "储油", "成品油", "石油销售"),
            {"C4-C5烷烃": 0.74, "甲苯": 0.1, "苯": 0.07, "C8芳烃": 0.06, "丙烯丁烯": 0.03}),
    "橡胶": (("橡胶", "轮胎"), {"二硫化碳": 0.34, "苯乙烯": 0.24, "甲苯": 0.18, "C8芳烃": 0.14, "丙酮": 0.1}),
    "制药": (("制药", "医药", "药业", "原料药"),
           {"二氯甲烷": 0.38, "丙酮": 0.3, "甲醇": 0.12, "甲苯": 0.12, "乙酸乙酯": 0.08}),
    "化工": (("化工", "化学", "涂料", "树脂", "胶粘"),
           {"甲苯": 0.26, "C8芳烃": 0.18, "苯": 0.14, "丙酮": 0.12, "甲醇": 0.12, "苯乙烯": 0.1, "乙酸乙酯": 0.08}),
    "合成革": (("合成革", "人造革", "皮革"), {"二甲基甲酰胺": 0.5, "丁酮": 0.22, "甲苯": 0.18, "乙酸乙酯": 0.1}),
}  # fmt: skip


def load() -> None:
    """Adds the defaults where no rule stands yet, newer versions beside untouched defaults. Idempotent."""
    if not TrackRuleSetting.objects.exists():
        TrackRuleSetting.objects.create(valid_from=SINCE, max_gap_s=5, max_speed_kmh=200, basis=BASIS)
    _upload_rule()
    if not RedriveRule.objects.exists():
        RedriveRule.objects.create(
            valid_from=SINCE, reach_m=300, tolerance_m=40, min_share=0.7, percentile=90, improved_share=0.5,
            worse_share=1.25, basis=BASIS,
        )  # fmt: skip
    if not QualityRule.objects.exists():
        QualityRule.objects.create(
            valid_from=SINCE, warm_up_min=30, zero_max_h=24, span_max_h=24, span_max_percent=20, min_valid_percent=80,
            gap_s=5, max_gap_percent=10, clock_max_h=24, max_offset_s=2, idle_kmh=3, tail_deg=60, max_exhaust_percent=10,
            basis=QUALITY_BASIS,
        )  # fmt: skip
    if not PersistenceRule.objects.exists():
        PersistenceRule.objects.create(valid_from=SINCE, radius_m=100, min_days=3, within_days=365, basis=BASIS)
    if not TracingRule.objects.exists():
        TracingRule.objects.create(valid_from=SINCE, basis=BASIS, **TRACING_RULE)
    if not IndustryFingerprint.objects.exists():
        IndustryFingerprint.objects.bulk_create(
            IndustryFingerprint(
                industry=industry, valid_from=SINCE, words="\n".join(words), shares=shares, basis=PRINTS_BASIS
            )
            for industry, (words, shares) in FINGERPRINTS.items()
        )
    if not ImportRule.objects.exists():
        ImportRule.objects.create(
            valid_from=SINCE, ceiling_repeats=5, ceiling_times=5, ceilings="9999,99999,999999,32767,65535", basis=BASIS
        )
    if not Substance.objects.exists():
        Substance.objects.bulk_create(
            Substance(name=name, aliases=names, molar_mass=mass, source=ATOMIC_WEIGHTS if mass else MIXTURE)
            for name, (names, mass) in SUBSTANCES.items()
        )
    _hot_spot_rules()


def _hot_spot_rules() -> None:
    """The defaults and those to compare them with, unless the office has rules of its own."""
    rules = HotSpotRule.objects.filter(channel="TVOC", unit="ppb")
    ours = rules.filter(basis__in=(BASIS, COMPARED_BASIS)).count()
    if ours < rules.count() or (not ours and HotSpotRule.objects.exists()):
        return
    for number, (day, values) in enumerate(TVOC_RULES.items(), 1):
        name = "TVOC 默认规则" if number == 1 else f"TVOC 默认规则 第{number}版"
        row = {"name": name, "basis": BASIS, **asdict(values)}
        HotSpotRule.objects.get_or_create(channel="TVOC", unit="ppb", valid_from=day, defaults=row)
    for (name, channel), (values, group) in COMPARED_RULES.items():
        row = {"name": name, "basis": COMPARED_BASIS, "compare_only": True, **asdict(values), **group}
        HotSpotRule.objects.get_or_create(channel=channel, unit="ppb", valid_from=COMPARED_SINCE, defaults=row)


def _upload_rule() -> None:
    """The default; where the first one stands alone and untouched in its memory, a version beside it with enough for 2 GB."""
    versions = list(UploadRule.objects.all()[:2])
    if not versions:
        UploadRule.objects.create(
            valid_from=SINCE, at_once_mb=2, max_seconds=300, memory_mb=MEMORY_MB, attempts=3, keep_days=7, basis=BASIS
        )
    elif len(versions) == 1 and (versions[0].basis, versions[0].memory_mb) == (BASIS, FIRST_MEMORY_MB):
        wider = {**model_to_dict(versions[0], exclude=["id"]), "valid_from": LARGE_FILES_SINCE, "memory_mb": MEMORY_MB}
        UploadRule.objects.create(**wider)

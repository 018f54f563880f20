"""Units of concentration: what may be converted, by which factor, and why not.

Within amount (ppb) or within mass (µg/m³) a conversion is a power of ten. Between the two it needs the molar mass, so it
exists for single species only: a sum like TVOC has no molar mass without its composition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .problems import TrackRefused, quoted

#: Gas constant, J/(mol K), exact since the SI of 2019.
GAS_CONSTANT = 8.31446261815324
ZERO_CELSIUS_K = 273.15
AMOUNT, MASS = "amount", "mass"
#: Unit -> (amount or mass, how many ppb or µg/m³ it is).
SCALES: dict[str, tuple[str, float]] = {
    "ppt": (AMOUNT, 1e-3),
    "ppb": (AMOUNT, 1.0),
    "ppm": (AMOUNT, 1e3),
    "ng/m³": (MASS, 1e-3),
    "µg/m³": (MASS, 1.0),
    "mg/m³": (MASS, 1e3),
}
_SPELLINGS = {"pptv": "ppt", "ppbv": "ppb", "ppmv": "ppm", "nmol/mol": "ppb", "umol/mol": "ppm", "µmol/mol": "ppm"}
_NOISE = re.compile(r"[\s\-_,，()（）]+")


@dataclass(frozen=True, slots=True)
class Species:
    """A substance: ``molar_mass`` in g/mol, None for a mixture."""

    name: str
    molar_mass: float | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was done to a channel: values x ``factor``. The rest is what the factor rests on, None where not needed."""

    channel: str
    unit: str
    to: str
    factor: float
    species: str = ""
    molar_mass: float | None = None
    temperature_c: float | None = None
    pressure_kpa: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, kept with the run."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class UnitTable:
    """The species known, by ``name_key``, and the state of the gas a conversion between amount and mass is for."""

    species: Mapping[str, Species] = field(default_factory=dict)
    temperature_c: float = 25.0
    pressure_kpa: float = 101.325

    @property
    def molar_volume(self) -> float:
        """Litres a mole of ideal gas takes."""
        return GAS_CONSTANT * (self.temperature_c + ZERO_CELSIUS_K) / self.pressure_kpa

    def convert(self, channel: str, unit: str, to: str) -> Conversion:
        """From ``unit`` to ``to``. Raises TrackRefused with the reason where that can't be told."""
        unit, to = standard(unit), standard(to)
        if unit not in SCALES or to not in SCALES:
            wrong = unit if unit not in SCALES else to
            raise TrackRefused(
                "bad_unit",
                _("“%(channel)s”的单位“%(unit)s”无法换算，可用的单位：%(known)s。")
                % {"channel": quoted(channel), "unit": quoted(wrong) or _("（空）"), "known": _("、").join(SCALES)},
                "mapping",
            )
        (kind, scale), (kind_to, scale_to) = SCALES[unit], SCALES[to]
        if kind == kind_to:
            return Conversion(channel, unit, to, _tidy(scale / scale_to))
        known = self.species.get(name_key(channel))
        if known is None or known.molar_mass is None:
            raise TrackRefused("no_composition", self._why_not(channel, unit, to, known), "mapping")
        per_ppb = known.molar_mass / self.molar_volume
        factor = scale / scale_to * (per_ppb if kind == AMOUNT else 1 / per_ppb)
        return Conversion(
            channel, unit, to, factor, known.name, known.molar_mass, self.temperature_c, self.pressure_kpa
        )

    def _why_not(self, channel: str, unit: str, to: str, known: Species | None) -> str:
        named = {"channel": quoted(channel), "unit": unit, "to": to}
        if known is not None:
            return _("“%(channel)s”是多种物质之和，没有组成就没有摩尔质量，不能从 %(unit)s 换算到 %(to)s。") % named
        return (
            _("基础数据“物质”中没有“%(channel)s”的摩尔质量，不能从 %(unit)s 换算到 %(to)s。请先登记，或保持原单位。")
            % named
        )


def standard(unit: str) -> str:
    """One spelling of each unit."""
    plain = unit.strip()
    return _SPELLINGS.get(plain.lower(), plain.lower() if plain.lower() in SCALES else plain)


def name_key(name: str) -> str:
    """A species' name as it is compared: no case, spaces, hyphens or brackets."""
    return _NOISE.sub("", name).lower()


def _tidy(factor: float) -> float:
    """A power of ten without the dust of binary fractions."""
    return float(f"{factor:.12g}")

"""A file that changes its unit on the way: its header comes again with another one, or a unit stands in the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _

from .layout import Layout, name_and_unit
from .problems import TrackRefused, quoted
from .readings import Bools, Floats
from .units import SCALES, UnitTable, standard

_IN_CELL = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([^\d\s+\-.,][^\d]{0,11}\d?)$")


@dataclass(slots=True)
class UnitWatch:
    """The unit each column is read in, the header's unless it has none, and the one in force at the row reached."""

    layout: Layout
    table: UnitTable
    declared: dict[int, str] = field(default_factory=dict)
    in_force: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.declared = {column.index: standard(column.unit) for column in self.layout.columns}

    def headers(self, index: int, cells: Sequence[str], suspects: Bools) -> Bools:
        """Which of the suspect rows are the header again, by the cell under the column ``index``."""
        found = np.zeros(len(cells), dtype=bool)
        for row in np.flatnonzero(suspects).tolist():
            found[row] = self._names(index, cells[row])
        return found

    def read(
        self, index: int, cells: Sequence[str], values: Floats, bad: Bools, headers: Bools
    ) -> tuple[Floats, Bools, Bools, Bools]:
        """Values in the declared unit; which are no number, which came in another unit, which in one nobody can convert."""
        changed, unknown = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
        if not bad.any() and not headers.any() and index not in self.in_force:
            return values, bad, changed, unknown
        values, bad = values.copy(), bad & ~headers
        units = self._by_row(index, cells, headers)
        for row in np.flatnonzero(bad).tolist():
            parted = _IN_CELL.match(cells[row].strip())
            unit = standard(name_and_unit(f"x({parted[2].strip()})")[1]) if parted else ""
            if parted and unit in SCALES:
                values[row], bad[row], units[row] = float(parted[1]), False, unit
                self.declared[index] = self.declared[index] or unit
        for unit in set(units):
            rows = np.array([one == unit for one in units]) & np.isfinite(values)
            if unit != self.declared[index] and rows.any():
                factor = self._factor(index, unit)
                values[rows] *= factor
                (changed if np.isfinite(factor) else unknown)[rows] = True
        return values, bad, changed, unknown

    def _by_row(self, index: int, cells: Sequence[str], headers: Bools) -> list[str]:
        """The unit each row is in by the last header above it."""
        units: list[str] = []
        unit, start = self.in_force.get(index, self.declared[index]), 0
        for row in np.flatnonzero(headers).tolist():
            units += [unit] * (row - start)
            start = row
            if not self._names(index, cells[row]):
                raise TrackRefused(
                    "header_changed",
                    _("文件中途又出现表头，但列的次序或名称变了（“%(was)s”处成了“%(now)s”）。请拆成两个文件后上传。")
                    % {"was": self.layout.columns[index].label, "now": quoted(cells[row])},
                )
            unit = standard(name_and_unit(cells[row])[1])
        units += [unit] * (len(cells) - start)
        if unit != self.declared[index]:
            self.in_force[index] = unit
        else:
            self.in_force.pop(index, None)
        return units

    def _names(self, index: int, cell: str) -> bool:
        """True for a cell that calls the column what the header calls it, whatever the unit."""
        named = name_and_unit(cell)[0]
        return bool(named) and named == self.layout.columns[index].name

    def _factor(self, index: int, unit: str) -> float:
        """To the declared unit; NaN where nobody can convert."""
        try:
            return self.table.convert(self.layout.columns[index].name, unit, self.declared[index]).factor
        except TrackRefused:
            return float("nan")

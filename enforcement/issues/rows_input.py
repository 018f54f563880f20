"""Several rows of a form at once, as plain inputs: works without script, on phones as one card a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of a row. `options` make it a choice; `kind` is that of the HTML input otherwise."""

    name: str
    label: str | Promise
    kind: str = "text"
    options: Sequence[tuple[str, Any]] = ()
    most: int = 120


class RowsWidget(forms.Widget):
    """Rows of cells, posted as <name>-<row>-<cell>."""

    def __init__(self, cells: Sequence[Cell], count: int) -> None:
        super().__init__()
        self.cells, self.count = cells, count

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        rows = (
            {cell.name: str(data.get(f"{name}-{row}-{cell.name}", "")).strip() for cell in self.cells}
            for row in range(self.count)
        )
        return [row for row in rows if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0-{self.cells[0].name}"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        given: list[dict[str, Any]] = value if isinstance(value, list) else []
        id_ = (attrs or {}).get("id", name)
        rows = [
            [
                {
                    "cell": cell,
                    "name": f"{name}-{row}-{cell.name}",
                    "id": f"{id_}-{row}-{cell.name}",
                    "value": str(given[row].get(cell.name) or "") if row < len(given) else "",
                }
                for cell in self.cells
            ]
            for row in range(self.count)
        ]
        return render_to_string("issues/_rows_input.html", {"rows": rows})


class RowsField(forms.Field):
    """A list of dicts of strings; what each row holds is judged by the action."""

    def __init__(self, cells: Sequence[Cell], count: int, **kwargs: Any) -> None:
        super().__init__(widget=RowsWidget(cells, count), **kwargs)

    def to_python(self, value: Any) -> list[dict[str, str]]:
        return value or []

"""Prints docs/lifecycle.md from the lifecycle table."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from enforcement.issues.lifecycle import ENDED, IMPORTS, LINKS, ORDER, TABLE, State, mermaid
from regions.roles import TABLE as ROLES

HEAD = """# The lifecycle of a responsibility

Generated from `enforcement/issues/lifecycle.py` by `python3 run.py manage lifecycle > docs/lifecycle.md`; a test holds
the two equal. An issue stands where its slowest live responsibility stands. *Verified* stands between verification and
closure so that the closing is an act of the issuer, apart from the verifier's.
"""


class Command(BaseCommand):
    help = "Prints the lifecycle of a responsibility as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("zh-hans"):
            self.stdout.write("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        lines = [HEAD, "```mermaid", mermaid(), "```", "", "## States", "", "| state | 中文 | |", "|---|---|---|"]
        for state in State:
            lines.append(f"| `{state}` | {state.label} | {'ended' if state in ENDED else 'live'} |")
        lines += ["", "From least to most advanced: " + ", ".join(f"`{s}`" for s in ORDER) + ".", "", "## Actions", ""]
        lines += [
            "| action | 中文 | from | to | part | roles | needs | clock | guards | event |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in (*TABLE, *IMPORTS, *LINKS):
            sources = ", ".join(f"`{s}`" for s in State if s in row.sources)
            target = f"`{row.target}`" if row.target else "stays"
            part = row.part.value if row.part else "supervises the division"
            roles = ", ".join(str(ROLES[role].name) for role in sorted(row.roles))
            cells = (
                f"`{row.action}`",
                str(row.label),
                sources,
                target,
                part,
                roles,
                ", ".join(row.needs),
                row.clock.value,
                ", ".join(row.guards),
                f"`{row.event}`",
            )
            lines.append("| " + " | ".join(cells) + " |")
        return lines

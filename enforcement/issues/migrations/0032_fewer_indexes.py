"""Indexes that nobody asked by, or that another begins with, are dropped: each was written with every change of state.

They are dropped alone: the keys they stood for stay checked, and aren't checked anew for a million rows. A bureau's door
carries whether the issue is open, and takes the place of the one by key.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT, Q

#: Index -> table and column.
DROPPED = {
    "issues_issue_issuer_id_ca902276": ("issues_issue", "issuer_id"),
    "issues_issue_verifier_id_70046ed2": ("issues_issue", "verifier_id"),
    "issues_issue_number_05ff188f_like": ("issues_issue", "number varchar_pattern_ops"),
    "issues_issueparty_bureau_id_bc4618fb": ("issues_issueparty", "bureau_id"),
    "issues_responsibility_calendar_id_ccf71cd8": ("issues_responsibility", "calendar_id"),
    "issues_responsibility_policy_id_adcdbb0b": ("issues_responsibility", "policy_id"),
    "issues_responsibility_handoff_id_69076dba": ("issues_responsibility", "handoff_id"),
    "issues_responsibility_parent_id_40c3b1d8": ("issues_responsibility", "parent_id"),
    "issues_span_responsibility_id_a458418f": ("issues_span", "responsibility_id"),
    "issues_handoff_bureau_id_46ce9a14": ("issues_handoff", "bureau_id"),
    "issues_handoff_issued_by_id_e840de89": ("issues_handoff", "issued_by_id"),
    "issues_handoff_number_e029237c_like": ("issues_handoff", "number varchar_pattern_ops"),
}
FORWARD = "ALTER TABLE issues_issue DROP CONSTRAINT issues_issue_uuid_key;" + "".join(
    f"DROP INDEX {name};" for name in DROPPED
)
BACKWARD = "ALTER TABLE issues_issue ADD CONSTRAINT issues_issue_uuid_key UNIQUE (uuid);" + "".join(
    f"CREATE INDEX {name} ON {table} ({column});" for name, (table, column) in DROPPED.items()
)


def _key(to: str, **said: Any) -> Any:
    return models.ForeignKey(to, PROTECT, db_index=False, **{"related_name": "+", **said})


FIELDS: tuple[tuple[str, str, Any], ...] = (
    ("handoff", "bureau", _key("regions.bureau", related_name="handoffs", verbose_name="转办单位")),
    ("handoff", "issued_by", _key(settings.AUTH_USER_MODEL)),
    ("issue", "issuer", _key("regions.bureau", verbose_name="转办单位")),
    ("issue", "verifier", _key("regions.bureau", verbose_name="核查单位")),
    ("issue", "uuid", models.UUIDField(default=uuid.uuid4, editable=False)),
    ("issueparty", "bureau", _key("regions.bureau")),
    ("responsibility", "calendar", _key("regions.workcalendar")),
    ("responsibility", "policy", _key("issues.deadlinepolicy")),
    ("responsibility", "handoff", _key("issues.handoff", related_name="items")),
    ("responsibility", "parent", _key("issues.responsibility", related_name="children", null=True, blank=True)),
    ("span", "responsibility", _key("issues.responsibility", related_name="spans")),
)


class Migration(migrations.Migration):
    dependencies = [("issues", "0031_doors_with_parts"), ("timeline", "0002_protect")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD, state_operations=[migrations.AlterField(*field) for field in FIELDS]),
        migrations.RemoveIndex("issueparty", "issue_party_door"),
        migrations.RemoveIndex("issueparty", "issue_party_newest"),
        migrations.AddIndex(
            "issueparty",
            models.Index(
                fields=["bureau", "-issued_on", "-issue"],
                name="issue_party_newest",
                include=["part", "open"],
                condition=Q(until=None),
            ),
        ),
        migrations.AddIndex(
            "responsibility",
            models.Index(fields=["parent"], name="responsibility_child", condition=Q(parent__isnull=False)),
        ),
    ]

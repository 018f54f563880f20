"""A party row knows the day its issue was first issued, so that a bureau's list, newest first, is walked along its door.

That day never changes (`issues_issue_keeps`), so that it is taken when the row is written.
"""

from django.db import migrations, models
from django.db.models import Q

_OPEN = "'acknowledged', 'feedback_submitted', 'interim_closed', 'issued', 'rectifying', 'returned', 'verified', 'verifying'"

FORWARD = f"""
ALTER TABLE issues_issueparty DISABLE TRIGGER USER;
UPDATE issues_issueparty p SET issued_on = i.issued_on FROM issues_issue i WHERE i.id = p.issue_id;
ALTER TABLE issues_issueparty ENABLE TRIGGER USER;

CREATE OR REPLACE FUNCTION issues_party_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT state IN ({_OPEN}), issued_on INTO NEW.open, NEW.issued_on FROM issues_issue WHERE id = NEW.issue_id;
    RETURN NEW;
END $$;
"""
BACKWARD = f"""
CREATE OR REPLACE FUNCTION issues_party_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.open := (SELECT state IN ({_OPEN}) FROM issues_issue WHERE id = NEW.issue_id);
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0023_rung_of_open")]
    operations = [
        migrations.AddField("issueparty", "issued_on", models.DateField(null=True, editable=False)),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            "issueparty",
            models.Index(fields=["bureau", "-issued_on", "-issue"], name="issue_party_newest", condition=Q(until=None)),
        ),
    ]

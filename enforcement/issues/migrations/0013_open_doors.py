"""A party row knows whether its issue is open, so that a bureau's open issues are found without passing the closed ones."""

from django.db import migrations, models

_OPEN = "'acknowledged', 'feedback_submitted', 'interim_closed', 'issued', 'rectifying', 'returned', 'verified', 'verifying'"

FORWARD = f"""
ALTER TABLE issues_issueparty DISABLE TRIGGER USER;
UPDATE issues_issueparty SET open = false WHERE issue_id IN (SELECT id FROM issues_issue WHERE state NOT IN ({_OPEN}));
ALTER TABLE issues_issueparty ENABLE TRIGGER USER;

CREATE FUNCTION issues_party_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.open := (SELECT state IN ({_OPEN}) FROM issues_issue WHERE id = NEW.issue_id);
    RETURN NEW;
END $$;
CREATE TRIGGER party_open BEFORE INSERT OR UPDATE ON issues_issueparty
    FOR EACH ROW EXECUTE FUNCTION issues_party_open();

CREATE FUNCTION issues_doors_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE issues_issueparty SET open = NEW.state IN ({_OPEN}) WHERE issue_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER doors_follow AFTER UPDATE OF state ON issues_issue FOR EACH ROW
    WHEN ((OLD.state IN ({_OPEN})) IS DISTINCT FROM (NEW.state IN ({_OPEN})))
    EXECUTE FUNCTION issues_doors_follow();
"""
BACKWARD = """
DROP TRIGGER doors_follow ON issues_issue;
DROP FUNCTION issues_doors_follow();
DROP TRIGGER party_open ON issues_issueparty;
DROP FUNCTION issues_party_open();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0012_search_words")]
    operations = [
        migrations.AddField("issueparty", "open", models.BooleanField(default=True, db_default=True, editable=False)),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            "issueparty",
            models.Index(
                fields=["bureau", "issue"], name="issue_party_open", condition=models.Q(until=None, open=True)
            ),
        ),
    ]

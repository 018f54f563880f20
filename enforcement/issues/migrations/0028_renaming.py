"""Issues are found by the names of their bureaus, and by both names of what was renamed.

The database notes a change of a name itself. What was renamed before is taken from the history of the reference data;
issues that are there get their bureaus' names by the worker, since a ledger may be long.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION issues_note_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind varchar := TG_ARGV[0];
    old_words varchar; new_words varchar;
BEGIN
    IF kind = 'site' THEN
        old_words := OLD.name || ' ' || OLD.uscc; new_words := NEW.name || ' ' || NEW.uscc;
    ELSIF kind = 'bureau' THEN
        old_words := OLD.name || ' ' || OLD.short_name; new_words := NEW.name || ' ' || NEW.short_name;
    ELSE
        old_words := OLD.name; new_words := NEW.name;
    END IF;
    IF old_words <> new_words THEN
        INSERT INTO issues_renaming (kind, key, old_words, new_words, at)
        VALUES (kind, NEW.id, old_words, new_words, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER site_renamed AFTER UPDATE OF name, uscc ON regions_site
    FOR EACH ROW EXECUTE FUNCTION issues_note_renaming('site');
CREATE TRIGGER bureau_renamed AFTER UPDATE OF name, short_name ON regions_bureau
    FOR EACH ROW EXECUTE FUNCTION issues_note_renaming('bureau');
CREATE TRIGGER division_renamed AFTER UPDATE OF name ON regions_division
    FOR EACH ROW EXECUTE FUNCTION issues_note_renaming('division');
CREATE TRIGGER renaming_kept BEFORE DELETE ON issues_renaming FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER renaming_whole BEFORE TRUNCATE ON issues_renaming
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER renaming_fixed BEFORE UPDATE ON issues_renaming FOR EACH ROW
    WHEN ((NEW.kind, NEW.key, NEW.old_words, NEW.new_words, NEW.at)
          IS DISTINCT FROM (OLD.kind, OLD.key, OLD.old_words, OLD.new_words, OLD.at))
    EXECUTE FUNCTION liankong_refuse();

INSERT INTO issues_renaming (kind, key, old_words, new_words, at)
SELECT DISTINCT ON (s.id, e.name, e.uscc) 'site', s.id, e.name || ' ' || e.uscc, s.name || ' ' || s.uscc, now()
FROM regions_siteevent e JOIN regions_site s ON s.id = e.pgh_obj_id WHERE (e.name, e.uscc) <> (s.name, s.uscc);
INSERT INTO issues_renaming (kind, key, old_words, new_words, at)
SELECT DISTINCT ON (d.id, e.name) 'division', d.id, e.name, d.name, now()
FROM regions_divisionevent e JOIN regions_division d ON d.id = e.pgh_obj_id WHERE e.name <> d.name;
INSERT INTO issues_renaming (kind, key, old_words, new_words, at)
SELECT DISTINCT ON (b.id, e.name, e.short_name)
    'bureau', b.id, e.name || ' ' || e.short_name, b.name || ' ' || b.short_name, now()
FROM regions_bureauevent e JOIN regions_bureau b ON b.id = e.pgh_obj_id
WHERE (e.name, e.short_name) <> (b.name, b.short_name);
INSERT INTO issues_renaming (kind, key, old_words, new_words, at)
SELECT 'bureau', id, '', name || ' ' || short_name, now() FROM regions_bureau;
"""
BACKWARD = """
DROP TRIGGER site_renamed ON regions_site;
DROP TRIGGER bureau_renamed ON regions_bureau;
DROP TRIGGER division_renamed ON regions_division;
DROP FUNCTION issues_note_renaming();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0027_paused_stage"), ("regions", "0002_history")]
    operations = [
        migrations.CreateModel(
            name="Renaming",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("site", "Site"), ("bureau", "Bureau"), ("division", "Division")],
                        db_collation="C",
                        max_length=10,
                    ),
                ),
                ("key", models.BigIntegerField()),
                ("old_words", models.CharField(blank=True, max_length=200)),
                ("new_words", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("last", models.BigIntegerField(db_default=0, default=0)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["kind", "key"], name="renaming_of"),
                    models.Index(condition=models.Q(("done_at", None)), fields=["id"], name="renaming_due"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

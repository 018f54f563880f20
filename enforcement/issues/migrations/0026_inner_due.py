"""The inner due date a child of a split gets is a milestone of its splitter's: which those are never changes."""

from django.db import migrations, models

BEFORE = """
CREATE OR REPLACE FUNCTION issues_milestone_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.responsibility_id, NEW.place, NEW.title, NEW.due_on, NEW.planned_at{new})
       IS DISTINCT FROM (OLD.responsibility_id, OLD.place, OLD.title, OLD.due_on, OLD.planned_at{old})
       OR OLD.reached_at IS NOT NULL OR OLD.replaced_at IS NOT NULL THEN
        RAISE EXCEPTION 'a milestone is reached or replaced once and never rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0025_exported_papers")]
    operations = [
        migrations.AddField(
            model_name="milestone",
            name="from_split",
            field=models.BooleanField(db_default=False, default=False, verbose_name="拆分时定"),
        ),
        migrations.RunSQL(BEFORE.format(new=", NEW.from_split", old=", OLD.from_split"), BEFORE.format(new="", old="")),
    ]

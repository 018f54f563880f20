"""The ledger is kept by the database: what was marked stays marked, what was said stays said."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER reminder_fixed BEFORE UPDATE OR DELETE ON notices_reminder
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER reminder_whole BEFORE TRUNCATE ON notices_reminder
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER notice_kept BEFORE DELETE ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER notice_whole BEFORE TRUNCATE ON notices_notice
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER notice_said BEFORE UPDATE ON notices_notice
    FOR EACH ROW WHEN (to_jsonb(OLD) - 'read_at' IS DISTINCT FROM to_jsonb(NEW) - 'read_at'
                       OR OLD.read_at IS NOT NULL AND NEW.read_at IS DISTINCT FROM OLD.read_at)
    EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER notice_said ON notices_notice;
DROP TRIGGER notice_whole ON notices_notice;
DROP TRIGGER notice_kept ON notices_notice;
DROP TRIGGER reminder_whole ON notices_reminder;
DROP TRIGGER reminder_fixed ON notices_reminder;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

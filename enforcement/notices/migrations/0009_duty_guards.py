"""What was told of a duty stays told, like every other reminder."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER duty_reminder_fixed BEFORE UPDATE OR DELETE ON notices_dutyreminder
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER duty_reminder_whole BEFORE TRUNCATE ON notices_dutyreminder
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER duty_reminder_whole ON notices_dutyreminder;
DROP TRIGGER duty_reminder_fixed ON notices_dutyreminder;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_duties"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

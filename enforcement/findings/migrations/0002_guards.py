"""Findings are never deleted; a superseded version never changes."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER finding_kept BEFORE DELETE ON findings_finding FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER finding_whole BEFORE TRUNCATE ON findings_finding FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER version_fixed BEFORE UPDATE OR DELETE ON findings_findingversion
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER version_whole BEFORE TRUNCATE ON findings_findingversion
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""
BACKWARD = """
DROP TRIGGER finding_kept ON findings_finding;
DROP TRIGGER finding_whole ON findings_finding;
DROP TRIGGER version_fixed ON findings_findingversion;
DROP TRIGGER version_whole ON findings_findingversion;
"""


class Migration(migrations.Migration):
    dependencies = [("findings", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What a worker makes as a file may also be a paper: a report of a patrol's run, as PDF or as DOCX."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0024_doors_by_day")]
    operations = [
        migrations.AlterField(
            "export",
            "format",
            models.CharField(
                "格式",
                choices=[
                    ("xlsx", "Excel（XLSX）"),
                    ("csv", "CSV"),
                    ("geojson", "GeoJSON"),
                    ("pdf", "PDF"),
                    ("docx", "Word（DOCX）"),
                ],
                max_length=10,
            ),
        ),
    ]

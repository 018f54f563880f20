"""How often an account or an address was tried lately: counted where all web processes see it."""

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

#: Rows of past periods one counting takes away: more than it can add.
SWEPT = 10


class Guesses(models.Model):
    """Attempts to sign in under one key: in the period that runs, and in the one before. No one's business, swept as it ages.

    Periods are whole multiples of their length, numbered from 1970.
    """

    key = models.CharField(max_length=64, primary_key=True, db_collation="C")
    period = models.BigIntegerField(db_index=True)
    this = models.PositiveIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("登录尝试")

    def __str__(self) -> str:
        return self.key

    @classmethod
    def counted(cls, key: str, *, period: int, gone: float, most: int) -> bool:
        """Counts one attempt unless `most` were made in the last period's length; tells whether it was. One statement, and one winner.

        `gone`: how much of the running period is over, 0 to 1. The last one counts by the share that still lies within. Who read the
        clock just before a period ended, and comes after it has begun, counts in it and forgets nothing.
        """
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"key": key, "period": period, "gone": gone, "most": most, "swept": SWEPT})
            return cursor.fetchone() is not None

    @classmethod
    def of(cls, key: str, *, period: int) -> tuple[int, int]:
        """What was counted in a period and in the one before it."""
        row = cls.objects.filter(key=key).first()
        if row is None or row.period not in (period - 1, period, period + 1):
            return 0, 0
        return (0, row.this) if row.period == period - 1 else (row.this, row.last)


_COUNT = """
WITH swept AS (
    DELETE FROM regions_guesses WHERE key IN (
        SELECT key FROM regions_guesses WHERE period < %(period)s - 1 AND key <> %(key)s LIMIT %(swept)s
        FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO regions_guesses AS held (key, period, this, last) VALUES (%(key)s, %(period)s, 1, 0)
ON CONFLICT (key) DO UPDATE SET
    period = CASE held.period WHEN excluded.period + 1 THEN held.period ELSE excluded.period END,
    this = CASE WHEN held.period IN (excluded.period, excluded.period + 1) THEN held.this + 1 ELSE 1 END,
    last = CASE held.period
        WHEN excluded.period THEN held.last WHEN excluded.period + 1 THEN held.last WHEN excluded.period - 1 THEN held.this
        ELSE 0 END
WHERE CASE held.period
    WHEN excluded.period THEN held.this + held.last * (1 - %(gone)s::float)
    WHEN excluded.period + 1 THEN held.this + held.last
    WHEN excluded.period - 1 THEN held.this * (1 - %(gone)s::float)
    ELSE 0 END < %(most)s
RETURNING this
"""

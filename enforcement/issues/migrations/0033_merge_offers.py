"""Merging across two issuers: offers, answered once; a merge of two issuers only on one that was taken; what lapses by itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from enforcement.issues.lifecycle import OPEN, UNANSWERED

_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))
_UNANSWERED = ", ".join(f"'{state.value}'" for state in sorted(UNANSWERED))

HOLDS = """
CREATE OR REPLACE FUNCTION issues_merge_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT FROM issues_issue a JOIN issues_issue b ON {issuers}
            WHERE a.id = NEW.issue_id AND b.id = NEW.into_id AND a.split_id IS NULL
            AND a.state IN ({open}) AND b.state IN ({open})
        ) OR EXISTS (SELECT FROM issues_split WHERE issue_id IN (NEW.issue_id, NEW.into_id) AND voided_at IS NULL) THEN
            RAISE EXCEPTION 'only open issues of one issuer are merged' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.voided_at IS NOT NULL OR to_jsonb(NEW) - '{{voided_at,voided_by_id,voided_why,kept}}'::text[]
          <> to_jsonb(OLD) - '{{voided_at,voided_by_id,voided_why,kept}}'::text[]
          OR (NEW.voided_at IS NOT NULL AND (NEW.voided_why = '' OR NEW.voided_by_id IS NULL)) THEN
        RAISE EXCEPTION 'a link is only voided, once and with a reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
#: Of two issuers only on an offer about the two that was taken; of one issuer without any.
TAKEN = """CASE WHEN a.issuer_id = b.issuer_id THEN NEW.offer_id IS NULL ELSE EXISTS (
                SELECT FROM issues_mergeoffer o
                WHERE o.id = NEW.offer_id AND o.issue_id = NEW.issue_id AND o.into_id = NEW.into_id AND o.state = 'taken'
            ) END"""
FORWARD = (
    HOLDS.format(issuers=TAKEN, open=_OPEN)
    + f"""
CREATE FUNCTION issues_mergeoffer_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NOT EXISTS (
            SELECT FROM issues_issue a JOIN issues_issue b ON b.issuer_id <> a.issuer_id
            WHERE a.id = NEW.issue_id AND b.id = NEW.into_id
            AND (a.issuer_id, b.issuer_id) IN ((NEW.bureau_id, NEW.asked_id), (NEW.asked_id, NEW.bureau_id))
        ) THEN
            RAISE EXCEPTION 'a merge is offered by one issuer to the other' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF to_jsonb(NEW) - '{{state,ended_at,ended_by_id,ended_why,told_at}}'::text[]
          <> to_jsonb(OLD) - '{{state,ended_at,ended_by_id,ended_why,told_at}}'::text[]
          OR (OLD.state <> 'open' AND to_jsonb(NEW) - 'told_at' <> to_jsonb(OLD) - 'told_at')
          OR (NEW.told_at IS DISTINCT FROM OLD.told_at AND (OLD.state <> 'lapsed' OR OLD.told_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'an offer is answered once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mergeoffer_holds BEFORE INSERT OR UPDATE ON issues_mergeoffer
FOR EACH ROW EXECUTE FUNCTION issues_mergeoffer_holds();
CREATE TRIGGER mergeoffer_kept BEFORE DELETE ON issues_mergeoffer FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER mergeoffer_whole BEFORE TRUNCATE ON issues_mergeoffer
FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE FUNCTION issues_offers_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE issues_mergeoffer SET state = 'lapsed', ended_at = now()
    WHERE state = 'open' AND (
        (issue_id = NEW.id AND NEW.state NOT IN ({_OPEN})) OR (into_id = NEW.id AND NEW.state NOT IN ({_UNANSWERED}))
    );
    RETURN NULL;
END $$;
CREATE TRIGGER issue_offers_lapse AFTER UPDATE OF state ON issues_issue FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state NOT IN ({_UNANSWERED}))
EXECUTE FUNCTION issues_offers_lapse();
"""
)
BACKWARD = """
DROP TRIGGER issue_offers_lapse ON issues_issue;
DROP FUNCTION issues_offers_lapse();
DROP TRIGGER mergeoffer_holds ON issues_mergeoffer;
DROP TRIGGER mergeoffer_kept ON issues_mergeoffer;
DROP TRIGGER mergeoffer_whole ON issues_mergeoffer;
DROP FUNCTION issues_mergeoffer_holds();
""" + HOLDS.format(issuers="b.issuer_id = a.issuer_id", open=_OPEN)


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0032_fewer_indexes"),
        ("regions", "0003_grade_since"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MergeOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000, verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待答复"),
                            ("taken", "已同意"),
                            ("declined", "不同意"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已失效"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.TextField(blank=True, max_length=2000)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "asked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.bureau",
                        verbose_name="被征询单位",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.bureau",
                        verbose_name="征询单位",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "into",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge_offers_in",
                        to="issues.issue",
                        verbose_name="保留的问题",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge_offers",
                        to="issues.issue",
                        verbose_name="并入的问题",
                    ),
                ),
            ],
            options={
                "verbose_name": "合并征询",
                "verbose_name_plural": "合并征询",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="merge",
            name="offer",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merge", to="issues.mergeoffer"
            ),
        ),
        migrations.AddIndex(
            model_name="mergeoffer",
            index=models.Index(condition=models.Q(("state", "open")), fields=["asked"], name="merge_offer_waiting"),
        ),
        migrations.AddIndex(
            model_name="mergeoffer",
            index=models.Index(condition=models.Q(("state", "open")), fields=["into"], name="merge_offer_open_into"),
        ),
        migrations.AddIndex(
            model_name="mergeoffer",
            index=models.Index(
                condition=models.Q(("state", "lapsed"), ("told_at", None)), fields=["id"], name="merge_offer_untold"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("issue",), name="one_open_merge_offer"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("issue", models.F("into")), _negated=True), name="offered_into_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("bureau", models.F("asked")), _negated=True), name="offered_to_another_bureau"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="OR"),
                name="an_offer_ended_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "lapsed"]), ("ended_by__isnull", False), _connector="OR"),
                name="an_answer_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["declined", "withdrawn"]), _negated=True),
                    models.Q(("ended_why", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_refusal_has_a_reason",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

"""The offices' own words and rules in the demo: routing rules in force, a letter of their own, letters sent and received,
and a finding its filer takes for an issue that is open already."""

from datetime import timedelta

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.findings import actions as findings
from enforcement.findings import routing
from enforcement.findings.models import RoutingRule
from enforcement.issues.actions import letters
from enforcement.issues.models import Handoff, Issue
from enforcement.timeline import clock
from regions.models import Division
from regions.roles import Role

BASIS = "演示：省大气办工作例会"
WORDS = {
    "heading": "大气污染防治问题转办单",
    "opening": "{承办单位}：\n现将走航和检查发现的下列问题共{件数}项转你单位。请按期签收、整改、反馈，最迟于{期限}前办结。",
    "item": "第{项次}项　{编号}　{企业}{地址}：{情况}",
    "closing": "如不属你单位管辖，请在退回期限内说明理由退回。\n本转办单为演示数据。",
}


def load(cast: Cast) -> None:
    """Through the real actions, in the name of the province's dispatcher."""
    province, dispatcher = cast.bureaus[bureaus.PROVINCE], cast.officer(bureaus.PROVINCE, Role.DISPATCHER)
    city = Division.objects.current().get(code="140100")
    rules = [
        RoutingRule(division=city, source="patrol", pollution_type="VOC", target=RoutingRule.Target.CITY_TEAM),
        RoutingRule(source="special_inspection", target=RoutingRule.Target.CITY_OFFICE),
        RoutingRule(target=RoutingRule.Target.COUNTY_OFFICE),
    ]
    today = clock.today()
    routing.publish(rules, issuer=province, by=dispatcher, valid_from=today, basis=BASIS, after=0)
    letters.publish_words(WORDS, bureau=province, by=dispatcher, valid_from=today, basis=BASIS, after=0)
    _send(cast, list(Handoff.objects.filter(bureau=province).order_by("-pk")[:3]))
    _same_again(cast)


def _send(cast: Cast, documents: list[Handoff]) -> None:
    """The last documents as one batch; the first bureau's receipt is on record."""
    dispatcher = cast.officer(bureaus.PROVINCE, Role.DISPATCHER)
    for row in letters.send(documents, by=dispatcher, channel="network")[:1]:
        handler = cast.officer(cast.key_of(row.bureau), Role.HANDLER)
        letters.receive(row.handoff, by=handler, channel="network", bureau=row.bureau)


def _same_again(cast: Cast) -> None:
    """The province's team saw again what is being worked on, and says so."""
    key = bureaus.team(bureaus.PROVINCE)
    inspector = cast.officer(key, Role.INSPECTOR)
    issue = Issue.objects.visible_to(inspector).open().order_by("-pk").first()
    if issue is None:
        return
    finding = findings.file_finding(
        by=inspector,
        filer=cast.bureaus[key],
        receiver=cast.bureaus[bureaus.PROVINCE],
        title=issue.title,
        source=issue.source,
        lon=issue.lon,
        lat=issue.lat,
        site=issue.site,
        occurred_at=clock.now() - timedelta(minutes=40),
        description="再次路过，现象与上次相同（演示）。",
        pollution_type=issue.pollution_type,
        synthetic=True,
        same_as=issue,
    )
    findings.perform(finding, "submit", by=inspector)
    findings.perform(finding, "confirm", by=cast.officer(key, Role.TEAM_LEADER))

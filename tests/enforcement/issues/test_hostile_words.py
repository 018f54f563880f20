"""Promise: whatever words stand in a field of an issue's form, they come back as they went in, or are refused by a sentence.

Rare characters, half an emoji, NUL, turned text, names of counties that only look right.
"""

import pytest

from enforcement.issues import actions
from enforcement.issues.actions import entering
from enforcement.issues.lifecycle import FIELDS
from enforcement.timeline.models import PersonalText
from regions.errors import Invalid
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed, signed_in

from .whole import everything

KEPT = (
    "𠮷田𰻝面㐂䶮", "👩‍👩‍👧‍👦🏭", "清涂县", "清徐縣", "杏花嶺區", "晋愿区", "מפעל\u202eצבע\u202c", "ａｂｃ１２３", "e\u0301\u0302\u0303", "Ω≈ç√∫", "'; DROP TABLE issues_issue; --",
    "<script>alert(1)</script>", "{{ 7*7 }}{% debug %}", "%s%n${jndi:ldap://x}", "=HYPERLINK(1)", "\\..\\..\\etc", "null", "\u200b零宽\u200b",
)  # fmt: skip
REFUSED = ("\x00", "甲\x00乙", "\ud83d", "\udc00乙", "甲" * 2001)
#: Fields of words: all but those that are picked, counted or dated.
WORDS = [*sorted(set(FIELDS) - set(entering.CLEANERS) - {"draw"}), "leader"]


def test_every_field_of_words_keeps_them_or_says_why_not() -> None:
    assert len(WORDS) >= 9
    for name in WORDS:
        check = entering.CLEANERS.get(name, entering._text)
        for words in KEPT:
            assert check(words) == words, name
        for words in REFUSED:
            with pytest.raises(Invalid) as refusal:
                check(words)
            assert any(sign in str(refusal.value) for sign in ("无法识别的字符", "不能超过")), name


@pytest.mark.django_db
def test_words_come_back_on_the_page_as_they_went_in_and_a_refusal_changes_nothing() -> None:
    cast = casting.make()
    (issue,) = handed(cast, 1)
    supervisor = cast.officer(cast.province, Role.SUPERVISOR)
    page = signed_in(supervisor)
    for words in KEPT:
        issue.refresh_from_db()
        answer = page.post(f"/issues/{issue.number}/actions/escalate/", {"version": issue.version, "reason": words})
        assert answer.status_code == 302, words
    assert set(PersonalText.objects.values_list("text", flat=True)) >= {words.strip() for words in KEPT}
    shown = page.get(issue.get_absolute_url()).content.decode()
    assert "<script>alert(1)</script>" not in shown
    assert "清涂县" in shown
    assert "𠮷田𰻝面㐂䶮" in shown
    issue.refresh_from_db()
    before = everything()
    for words in REFUSED:
        with pytest.raises(Invalid):
            actions.perform(issue, "escalate", by=supervisor, reason=words)
        sent = words.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        if "\x00" in sent or len(sent) > 2000:
            answer = page.post(f"/issues/{issue.number}/actions/escalate/", {"version": issue.version, "reason": sent})
            assert answer.status_code == 400
    assert everything() == before
    # A county that only looks right finds nothing, and isn't taken for the real one.
    assert not page.get("/issues/", {"q": "杏花嶺"}).context["rows"]

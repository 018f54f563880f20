"""Promise: every part of the house has its counterpart: templates, events, tasks, words, and reads that only read."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.template import engines
from django.template.backends.django import get_installed_libraries
from django.urls import NoReverseMatch, reverse

from config.celery import app
from tests.test_architecture import ROOT, modules, text_of, tracked

TEMPLATES = ROOT / "templates"
#: Looked up by Django or by a name put together at run time; the rule stands beside each.
BY_NAME = {
    "admin/base_site.html": "the frame of Django's admin pages",
    "400.html": "Django's own error handlers",
    "403.html": "Django's own error handlers",
    "403_csrf.html": "Django's own error handlers",
    "404.html": "Django's own error handlers",
    "500.html": "Django's own error handlers",
    "registration/login.html": "django.contrib.auth.views.LoginView",
}
FOLDERS_BY_KIND = ("timeline/", "notices/")


def templates() -> list[str]:
    return sorted(name.removeprefix("templates/") for name in tracked() if name.startswith("templates/"))


@cache
def sources() -> str:
    """All code and templates of the product in one text."""
    code = [text_of(name) for name in modules() if not name.startswith("tests/")]
    return "\n".join(code + [(TEMPLATES / name).read_text(encoding="utf-8") for name in templates()])


# --- templates --------------------------------------------------------------------------------------------------


def test_every_template_is_used() -> None:
    unused = [
        name
        for name in templates()
        if name not in BY_NAME
        and not (name.endswith(".txt") and name.startswith(FOLDERS_BY_KIND))
        and name not in sources()
    ]
    assert not unused


def test_every_template_named_exists() -> None:
    named = set(re.findall(r"""["']([a-z_]+/[\w/]+\.(?:html|txt))["']""", sources()))
    named |= set(re.findall(r"""\{% (?:extends|include) ["']([\w/.]+)["']""", sources()))
    known = set(templates())
    missing = []
    for name in named - known:
        try:
            engines["django"].get_template(name)
        except Exception:
            missing.append(name)
    assert not missing


def test_every_template_compiles() -> None:
    for name in templates():
        engines["django"].get_template(name)
    assert get_installed_libraries()


def test_every_route_a_template_names_exists() -> None:
    named = set(re.findall(r"""\{% url ["']([\w:-]+)["']([^%]*)%\}""", sources()))
    unknown = []
    for name, rest in named:
        wanted = len(re.sub(r"\bas \w+", "", rest).split())
        if not any(_reverses(name, wanted)):
            unknown.append(name)
    assert not unknown


def _reverses(name: str, count: int) -> Iterator[bool]:
    key = "00000000-0000-0000-0000-000000000000"
    for value in ("1", key, "SX-2021-ZH-00001", "x"):
        for last in (value, "act"):
            arguments = [value] * (count - 1) + [last] if count else []
            try:
                yield bool(reverse(name, args=arguments))
            except NoReverseMatch:
                yield False


# --- events -----------------------------------------------------------------------------------------------------


def kinds_of_events() -> set[str]:
    """What the lifecycle tables and the calls of `record` can announce."""
    from enforcement.crossregion.lifecycle import TABLE as rounds
    from enforcement.findings.lifecycle import TABLE as findings
    from enforcement.inspections.lifecycle import CAMPAIGN_MOVES, SIDE_EVENTS
    from enforcement.inspections.lifecycle import TABLE as visits
    from enforcement.issues.lifecycle import LINKS as links
    from enforcement.issues.lifecycle import TABLE as issues
    from enforcement.oversight.lifecycle import EVENTS as OVERSIGHT
    from enforcement.oversight.lifecycle.specials import EVENTS as SPECIALS
    from enforcement.patrols.lifecycle import TABLE as patrols

    kinds = {row.event for table in (issues, links, findings, patrols, visits, rounds) for row in table}
    kinds |= {event for _sources, event in CAMPAIGN_MOVES.values()} | SIDE_EVENTS | OVERSIGHT | SPECIALS
    for name in modules():
        if name.startswith("enforcement/"):
            kinds |= set(_recorded(text_of(name)))
    return kinds


#: Who records an event, and which of its arguments is the kind.
PLACE_OF_KIND = {"record": 1, "Step": 1, "announce": 2, "take_over": 2, "tell_undoing": 3}


def _recorded(source: str) -> Iterator[str]:
    """Second arguments of `record(subject, "kind", ...)` that are plain words, and third ones of what announces issues
    linked; of imported steps, and of what is told of locations, which may choose between two."""
    for node in ast.walk(ast.parse(source)):
        place = PLACE_OF_KIND.get(_name(node.func), 99) if isinstance(node, ast.Call) else 99
        if isinstance(node, ast.Call) and len(node.args) > place:
            if isinstance(node.args[place], ast.Constant):
                yield str(node.args[place].value)
        elif isinstance(node, ast.Constant) and re.fullmatch("location_[a-z]+", str(node.value)):
            yield str(node.value)


def test_every_event_is_told_in_a_sentence() -> None:
    assert len(kinds_of_events()) > 30
    assert not [kind for kind in sorted(kinds_of_events()) if not (TEMPLATES / "timeline" / f"{kind}.txt").exists()]


def test_no_sentence_waits_for_an_event_that_never_comes() -> None:
    told = {path.stem for path in (TEMPLATES / "timeline").glob("*.txt")}
    idle = told - kinds_of_events()
    assert not idle, idle


def test_every_notice_has_its_words_and_its_heading() -> None:
    from enforcement.notices import rules
    from enforcement.notices.wording import HEADINGS

    kinds = (
        set(rules.TOLD)
        | rules.TOLD_BESIDES
        | {
            rules.DUE_SOON,
            rules.DUE_TODAY,
            rules.OVERDUE,
            rules.ESCALATION,
            rules.REPORT_DUE,
            rules.REPORT_LATE,
        }
    )
    written = {path.stem for path in (TEMPLATES / "notices").glob("*.txt")} - {"letter"}
    assert kinds == set(HEADINGS) == written
    assert not set(rules.TOLD) - kinds_of_events()


def test_every_state_has_a_look() -> None:
    from enforcement.desk.looks import LOOKS
    from enforcement.findings.lifecycle import State as FindingState
    from enforcement.issues.lifecycle import State as IssueState

    assert not {str(state) for state in (*IssueState, *FindingState)} - set(LOOKS)


# --- tasks ------------------------------------------------------------------------------------------------------


def test_beat_names_real_tasks_in_order() -> None:
    app.loader.import_default_modules()
    entries = app.conf.beat_schedule
    assert not [entry["task"] for entry in entries.values() if entry["task"] not in app.tasks]
    assert list(entries) == sorted(entries)


def test_every_entry_of_beat_says_why() -> None:
    lines = text_of("config/celery.py").splitlines()
    for place, line in enumerate(lines):
        if re.match(r'\s+"[\w-]+": _every\(', line):
            assert lines[place - 1].strip().startswith("#"), line.strip()


# --- words ------------------------------------------------------------------------------------------------------

HAN = re.compile(r"[㐀-鿿]+")
#: The name of a language is written in that language.
OWN_NAMES = {"中文", "切换到中文"}


@pytest.mark.parametrize("name", [name for name in templates() if not name.endswith(".txt")])
def test_every_visible_word_can_be_translated(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    text = re.sub(r"\{% comment.*?endcomment %\}|\{#.*?#\}|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", text, flags=re.DOTALL)
    text = re.sub(r"""\{% translate (?:"[^"]*"|'[^']*')[^%]*%\}""", "", text)
    text = re.sub(r"""_\((?:"[^"]*"|'[^']*')\)""", "", text)
    bare = [word for word in HAN.findall(text) if word not in OWN_NAMES]
    assert not bare, "wrap them in {% translate %}"


@pytest.mark.parametrize("name", [name for name in templates() if name.endswith(".txt")])
def test_every_sentence_can_be_translated(name: str) -> None:
    test_every_visible_word_can_be_translated(name)


def test_every_sentence_of_the_code_can_be_translated() -> None:
    """Chinese in a string outside gettext is either data or forgotten."""
    wrong = []
    for name in modules():
        if name.startswith(("regions/", "enforcement/")) and not DATA.search(name):
            wrong += [f"{name}:{line} {text[:40]}" for line, text in _bare_strings(text_of(name))]
    assert not wrong, "\n".join(wrong)


#: Where Chinese is data or an internal description, not a sentence of the desk: sample rows, demo seeds, words of
#: the office's own sheets and letters, aliases of column headers, names of regions, sources of reference data, the API's own documentation.
DATA = re.compile(
    r"/migrations/|/tracks/(mapping|clock|cells|layout|checks|text|rules)|/synthetic/|gallery|/demo|reference|serializers(\.py|/)|"
    r"/issues/ledger/|/issues/letters\.py|/issues/actions/numbering\.py|/tracing/(patterns|winds)\.py|/tracks/formats/interleaved\.py|"
    r"/api|api\.py|schema|management/commands/lifecycle|timeline/(anchors|uploads)|regions/(boundaries|calendars|cartography|models/places|placement)\.py|countymap|documentation|inspections/units\.py"
)
TRANSLATING = {"_", "_t", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_n"}
#: Glue between words that are translated themselves.
GLUE = re.compile(r"^[^㐀-鿿]*$")


def _bare_strings(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    covered: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in TRANSLATING:
            covered |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.body and isinstance(node.body[0], ast.Expr):
                covered.add(id(node.body[0].value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in covered:
            if len("".join(HAN.findall(node.value))) > 1:
                yield node.lineno, node.value


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


# --- actions ----------------------------------------------------------------------------------------------------


def test_the_diagram_in_the_docs_is_the_table() -> None:
    from io import StringIO

    from django.core.management import call_command

    printed = StringIO()
    call_command("lifecycle", stdout=printed)
    assert Path(ROOT / "docs/lifecycle.md").read_text(encoding="utf-8").strip() == printed.getvalue().strip()


def test_every_field_of_an_action_has_a_label() -> None:
    from enforcement.issues.lifecycle import FIELDS, TABLE

    assert not {name for row in TABLE for name in (*row.needs, *row.accepts)} - set(FIELDS)

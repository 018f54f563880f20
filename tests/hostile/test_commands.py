"""Commands asked wrongly end with a sentence and a status, not with a traceback."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from regions.models import Posting
from regions.roles import Role
from tests.isolation.world import World
from tests.rig.servers import ROOT

#: (arguments, a part of what must be said)
CASES: list[tuple[tuple[str, ...], str]] = [
    (("prepare", "--no-such-option"), "unrecognized"),
    (("prepare", "--no-demo=1"), ""),
    (("prepare", "surplus"), "unrecognized"),
    (("load_demo",), "演示"),
    (("load_demo", "--seed=x"), ""),
    (("load_demo", "--count"), ""),
    (("load_reference", "--overwrite"), "unrecognized"),
    (("load_reference", "../../etc/passwd"), "unrecognized"),
    (("verify_timeline", "--anchors"), ""),
    (("verify_timeline", "--anchors", "/no/such/folder"), "没有目录"),
    (("verify_timeline", "--anchors", "\udcff\udcfe"), "没有目录"),
    (("verify_timeline", "--anchors", "x" * 5000), "没有目录"),
    (("verify_timeline", "--most", "many"), ""),
    (("verify_timeline", "--most", "9" * 5000), ""),
    (("verify_timeline", "--most=1.5"), ""),
    (("verify_timeline", "--most", "１２x"), ""),
    (("anchor_timeline", "--day=2021-02-30"), ""),
    (("lifecycle", "--format=xml"), "unrecognized"),
    (("recount_figures", "--rebuild=yes"), ""),
    (("recount_figures", "2021"), "unrecognized"),
    (("first_administrator",), ""),
    (("first_administrator", "x"), ""),
    (("first_administrator", "x", "y", "z", "surplus"), "unrecognized"),
    (("first_administrator", "", "", ""), "。"),
    (("first_administrator", "  ", "甲", "省厅"), "。"),
    (("first_administrator", "a" * 61, "甲", "省厅"), "60"),
    (("first_administrator", "a", "甲" * 41, "省厅"), "40"),
    (("first_administrator", "a", "甲", "省" * 81), "80"),
    (("first_administrator", "a\x00b", "甲", "省厅"), "。"),
    (("first_administrator", "a", "甲\x00", "省厅"), "。"),
    (("first_administrator", "\udcff", "甲", "省厅"), "。"),
    (("first_administrator", "a", "\ud800", "省厅"), "。"),
    (("first_administrator", "a", "甲", "\udcff"), "。"),
]


@pytest.mark.parametrize(("arguments", "said"), CASES, ids=lambda value: ascii(value)[:60])
def test_a_command_asked_wrongly_says_so(world: World, arguments: tuple[str, ...], said: str) -> None:
    if arguments[0] == "first_administrator":
        Posting.objects.filter(role=Role.SECURITY_ADMINISTRATOR).update(role=Role.INSPECTOR)
    before = Posting.objects.count()
    answer = spoken(*arguments)
    assert said in answer
    assert answer.strip()
    assert Posting.objects.count() == before


def spoken(name: str, *arguments: str) -> str:
    """What a command says when it refuses, run as manage.py does but on this connection."""
    command = load_command_class(get_commands()[name], name)
    words = io.StringIO()
    with redirect_stderr(words), redirect_stdout(words):
        try:
            options = vars(command.create_parser("manage.py", name).parse_args(list(arguments)))
            command.execute(*options.pop("args", ()), **options)
        except SystemExit as ended:
            return words.getvalue() if ended.code else pytest.fail(f"{name} took {arguments}")
        except CommandError as error:
            return words.getvalue() + str(error)
    return pytest.fail(f"{name} took {arguments}: {words.getvalue()}")


def test_the_shell_sees_a_sentence_and_a_status() -> None:
    for arguments in (("verify_timeline", "--anchors", "/no/such/folder"), ("no_such_command",), ("prepare", "--what")):
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode not in (0, None)
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr + done.stdout

"""Large files are read by a worker: followed, stopped, killed and found again; never half a run, nothing kept for ever."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from enforcement.patrols.actions import queueing
from enforcement.patrols.models import HotSpot, PatrolRun, PatrolSegment, Reading, TrackUpload, UploadRule
from enforcement.patrols.reference import FIRST_MEMORY_MB, LARGE_FILES_SINCE, MEMORY_MB, SINCE, load
from enforcement.patrols.tracks import codec
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions.errors import Conflict
from regions.roles import Role
from tests.scenarios import cast as casting

from .conftest import NOW
from .hostile_files import HEADER, good, row, text
from .test_pages import client, send

ROWS = 400_000


@pytest.fixture
def never_at_once(db) -> UploadRule:
    UploadRule.objects.update(at_once_mb=0)
    return UploadRule.objects.get()


def uploaded(officer, cast, data: bytes, **fields) -> TrackUpload:
    answer = send(officer, cast, data, **fields)
    assert answer.status_code == 302, answer.content.decode()
    return TrackUpload.objects.get(pk=answer.url.strip("/").split("/")[-1])


def page(officer, upload: TrackUpload, **headers) -> str:
    return client(officer).get(f"/patrols/uploads/{upload.pk}/", **headers).content.decode()


def test_a_large_file_waits_is_read_looked_at_and_imported(cast, inspector, never_at_once):
    lines = good(60)
    lines[30] = row(30, tvoc="-3")
    upload = uploaded(inspector, cast, text(lines), route="府东街")
    assert (upload.reading, upload.wanted) == (Reading.QUEUED, "trial")
    assert "排队中" in page(inspector, upload)
    polled = client(inspector).get(f"/patrols/uploads/{upload.pk}/progress/")
    assert "hx-get" in polled.content.decode()
    assert "HX-Refresh" not in polled
    queueing.work(str(upload.pk))
    polled = client(inspector).get(f"/patrols/uploads/{upload.pk}/progress/")
    assert polled["HX-Refresh"] == "true"
    shown = page(inspector, upload)
    assert "第 32 行" in shown
    assert "带标记导入" in shown
    assert not PatrolRun.objects.exists()
    answer = client(inspector).post(f"/patrols/uploads/{upload.pk}/", {"import": "1"}, follow=True)
    assert "正在后台导入" in answer.content.decode()
    queueing.work(str(upload.pk))
    run = PatrolRun.objects.get()
    assert (run.route, run.rows_total, run.problems) == ("府东街", 60, {"negative": 1})
    assert client(inspector).get(f"/patrols/uploads/{upload.pk}/").url == run.get_absolute_url()
    queueing.work(str(upload.pk))
    assert PatrolRun.objects.count() == 1


def test_the_page_of_a_worker_is_the_page_of_a_request(cast, inspector):
    upload = uploaded(inspector, cast, text(good(60)))
    at_once = page(inspector, upload)
    UploadRule.objects.update(at_once_mb=0)
    queueing.ask(upload, "trial")
    queueing.work(str(upload.pk))
    assert _without_tokens(page(inspector, upload)) == _without_tokens(at_once)


def _without_tokens(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if "csrf" not in line.lower()]


def test_other_columns_are_read_again_by_the_worker(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text(good(60)))
    queueing.work(str(upload.pk))
    shown = page(inspector, upload)
    assert "按此重新试读" in shown
    stated = {"time_zone": "UTC", "coordinate_system": "gcj02"}
    fields = {**stated, "time": 1, "lat": 2, "lon": 3, "speed": 4, "channels": [5]}
    answer = client(inspector).post(f"/patrols/uploads/{upload.pk}/", fields)
    assert answer.status_code == 302, answer.content.decode()
    upload.refresh_from_db()
    assert (upload.reading, upload.time_zone, upload.told) == (Reading.QUEUED, "UTC", None)


def test_a_stopped_reading_leaves_nothing_and_can_be_asked_again(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text(good(60)))
    assert client(inspector).get(f"/patrols/uploads/{upload.pk}/stop/").status_code == 405
    client(inspector).post(f"/patrols/uploads/{upload.pk}/stop/")
    queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert upload.reading == Reading.CANCELLED
    assert "已停止" in page(inspector, upload)
    with pytest.raises(Conflict, match="已经结束"):
        queueing.stop(upload)
    queueing.ask(upload, "import")
    with pytest.raises(Conflict, match="正在读取"):
        queueing.ask(upload, "trial")
    queueing.work(str(upload.pk))
    assert PatrolRun.objects.count() == 1


def test_a_run_whose_reading_was_stopped_at_the_last_moment_is_not_kept(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text(good(60)))
    TrackUpload.objects.update(reading=Reading.CANCELLED)
    with pytest.raises(queueing.Stopped):
        queueing._read(_asked_to_import(upload), never_at_once)
    assert not PatrolRun.objects.exists()
    assert not PatrolSegment.objects.exists()


def _asked_to_import(upload: TrackUpload) -> TrackUpload:
    upload.wanted = "import"
    return upload


def test_what_cannot_be_read_says_why(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text([row(second, lat="x") for second in range(30)]))
    queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert upload.reading == Reading.FAILED
    assert "没有一行可用" in page(inspector, upload)


def test_bytes_altered_in_the_store_are_noticed_and_not_refused_for_what_they_say_now(cast, inspector, never_at_once):
    """Their digest is made while they are read: the reading's own sentence would blame the officer's file."""
    upload = uploaded(inspector, cast, text(good(60)))
    lying = _bytes(upload)
    lying.chmod(0o600)
    for altered in (text([row(second, lat="x") for second in range(30)]), text(good(61))):
        lying.write_bytes(altered)
        for wanted in ("trial", "import"):
            TrackUpload.objects.update(reading=Reading.QUEUED, wanted=wanted, attempts=0)
            with pytest.raises(ValueError, match="was altered"):
                queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert (upload.reading, upload.sentence, counts()) == (Reading.WORKING, "", (0, 0, 0))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(MemoryError(), "内存超过 {mb} MB"), (OSError(errno.ENOSPC, "No space left on device"), "服务器磁盘空间不足")],
)
def test_memory_or_disk_that_runs_out_while_the_columns_are_packed_on_a_thread_is_a_sentence(
    cast, inspector, never_at_once, monkeypatch, fault, sentence
):
    upload = uploaded(inspector, cast, text(good(60)))
    TrackUpload.objects.update(wanted="import")
    packed_by = []

    def run_short(values: object) -> None:
        packed_by.append(threading.current_thread())
        raise fault

    monkeypatch.setattr(codec, "_stream", run_short)
    queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert (upload.reading, counts()) == (Reading.FAILED, (0, 0, 0))
    assert sentence.format(mb=never_at_once.memory_mb) in upload.sentence
    assert threading.main_thread() not in packed_by


def test_a_reading_takes_no_longer_than_the_rule_allows(cast, inspector, never_at_once):
    UploadRule.objects.update(max_seconds=1e-6)
    upload = uploaded(inspector, cast, text(good(60)))
    queueing.work(str(upload.pk))
    assert "已停止，没有导入任何数据" in page(inspector, upload)


def test_a_file_that_kills_every_worker_is_given_up(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text(good(60)))
    TrackUpload.objects.update(reading=Reading.WORKING, attempts=3)
    queueing.work(str(upload.pk))
    assert "读取多次中断" in page(inspector, upload)


def test_another_officer_sees_neither_progress_nor_stop(cast, inspector, never_at_once):
    upload = uploaded(inspector, cast, text(good(60)))
    stranger = cast.officer(cast.contractor, Role.INSPECTOR)
    assert client(stranger).get(f"/patrols/uploads/{upload.pk}/progress/").status_code == 404
    assert client(stranger).post(f"/patrols/uploads/{upload.pk}/stop/").status_code == 404


def test_the_same_rows_in_another_encoding_are_recognised(cast, inspector):
    first = uploaded(inspector, cast, text(good(60)))
    client(inspector).post(f"/patrols/uploads/{first.pk}/", {"import": "1"})
    for data in (text(good(60)), text(good(60), encoding="utf-16"), text(good(60), encoding="gb18030")):
        again = uploaded(inspector, cast, data)
        answer = client(inspector).post(f"/patrols/uploads/{again.pk}/", {"import": "1"}, follow=True)
        assert "没有重复导入" in answer.content.decode()
    assert PatrolRun.objects.count() == 1


def test_abandoned_uploads_are_forgotten_and_what_a_run_names_is_not(cast, inspector):
    kept = uploaded(inspector, cast, text(good(60)))
    client(inspector).post(f"/patrols/uploads/{kept.pk}/", {"import": "1"})
    twin = uploaded(inspector, cast, text(good(60)))
    left = uploaded(inspector, cast, text(good(61)))
    fresh = uploaded(inspector, cast, text(good(62)))
    TrackUpload.objects.filter(pk__in=[kept.pk, twin.pk, left.pk]).update(uploaded_at=NOW - timedelta(days=8))
    for upload in (twin, left, fresh):
        os.utime(_bytes(upload), (0, 0))
    assert queueing.purge() == 2
    assert set(TrackUpload.objects.values_list("pk", flat=True)) == {kept.pk, fresh.pk}
    assert [_bytes(upload).exists() for upload in (twin, left, fresh)] == [True, False, True]


def test_bytes_put_a_moment_ago_outlive_the_purge(cast, inspector):
    left = uploaded(inspector, cast, text(good(61)))
    TrackUpload.objects.update(uploaded_at=NOW - timedelta(days=8))
    queueing.purge()
    assert _bytes(left).exists(), "someone may just have put the same bytes and not yet written the row"


def _bytes(upload: TrackUpload) -> Path:
    return Path(store().path(store().path_of(upload.sha256)))


# --- with real processes ------------------------------------------------------------------------------------------

WORK = (
    "import sys, django; django.setup(); from enforcement.patrols.actions import queueing;"
    "queueing.TELL_EVERY_S = 0.05; queueing.work(sys.argv[1])"
)


@pytest.fixture
def large(committing_db, settings, tmp_path) -> TrackUpload:
    """A file that takes seconds, asked to be imported, in a store other processes find."""
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }
    with clock.moved_to(NOW):
        cast = casting.make()
    moments = [
        f"2021-07-{1 + s // 86400:02d} {s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(ROWS)
    ]
    lines = [f"{moment},{37.87 + (s % 2000) * 5e-5:.6f},112.55,20,45" for s, moment in enumerate(moments)]
    data = "\n".join([HEADER, *lines]).encode()
    upload = TrackUpload.objects.create(
        bureau=cast.taiyuan_team, officer=cast.officer(cast.taiyuan_team, Role.INSPECTOR), name="大文件.csv",
        sha256=store().put([data]), size=len(data), time_zone="Asia/Shanghai", coordinate_system="wgs84",
        uploaded_at=clock.now(),
    )  # fmt: skip
    queueing.ask(upload, "import")
    return upload


def worker(upload: TrackUpload, tmp_path: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "LIANKONG_VAR": str(tmp_path)}
    return subprocess.Popen([sys.executable, "-c", WORK, str(upload.pk)], env=environment)


def wait_for_progress(upload: TrackUpload) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        upload.refresh_from_db()
        if upload.progress > 10:
            return
        time.sleep(0.02)
    pytest.fail(f"no progress: {upload.reading} {upload.progress}")


def counts() -> tuple[int, ...]:
    return PatrolRun.objects.count(), PatrolSegment.objects.count(), HotSpot.objects.count()


def test_killed_it_leaves_nothing_and_is_read_again_from_the_beginning(large, tmp_path):
    first = worker(large, tmp_path)
    wait_for_progress(large)
    queueing.work(str(large.pk))  # somebody has it: leaves at once
    assert counts() == (0, 0, 0)
    first.send_signal(signal.SIGKILL)
    first.wait()
    large.refresh_from_db()
    assert (large.reading, large.attempts, counts()) == (Reading.WORKING, 1, (0, 0, 0))
    queueing.sweep()  # nobody listens to the ring here; it must not fail for that
    assert worker(large, tmp_path).wait() == 0
    large.refresh_from_db()
    assert (large.reading, large.attempts) == (Reading.READ, 2)
    assert large.run.rows_total == ROWS
    assert PatrolRun.objects.count() == 1


def test_stopped_amid_the_reading_it_ends_soon_and_keeps_nothing(large, tmp_path):
    process = worker(large, tmp_path)
    wait_for_progress(large)
    queueing.stop(large)
    assert process.wait(timeout=10) == 0
    large.refresh_from_db()
    assert (large.reading, large.run, counts()) == (Reading.CANCELLED, None, (0, 0, 0))


def test_more_memory_than_the_rule_allows_is_a_sentence(large, tmp_path):
    UploadRule.objects.update(memory_mb=70)
    assert worker(large, tmp_path).wait(timeout=60) == 0
    large.refresh_from_db()
    assert (large.reading, counts()) == (Reading.FAILED, (0, 0, 0))
    assert "70 MB" in large.sentence


def test_an_installed_office_gets_a_version_with_memory_for_two_gigabytes_once(db):
    load()
    assert UploadRule.objects.get().memory_mb == MEMORY_MB, "where it is loaded anew one version is enough"
    UploadRule.objects.update(memory_mb=FIRST_MEMORY_MB, keep_days=9)
    load()
    load()
    found = [(one.valid_from, one.memory_mb, one.keep_days) for one in UploadRule.objects.all()]
    assert found == [(LARGE_FILES_SINCE, MEMORY_MB, 9), (SINCE, FIRST_MEMORY_MB, 9)]
    UploadRule.objects.filter(valid_from=LARGE_FILES_SINCE).delete()
    UploadRule.objects.update(memory_mb=FIRST_MEMORY_MB, basis="市局文件")
    load()
    assert UploadRule.objects.get().memory_mb == FIRST_MEMORY_MB, "what an office decided stays"

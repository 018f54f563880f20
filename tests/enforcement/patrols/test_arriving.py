"""A large file arrives in pieces: it goes on where the connection broke, is handed on once, and leaves nothing behind.

No piece counts that isn't the one its sender summed, nobody sends into another's file, and nobody fills the disk.
"""

import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connections, transaction

from enforcement.patrols.actions import arriving, queueing
from enforcement.patrols.models import Instrument, PatrolRun, Reading, TrackArrival, TrackUpload, UploadRule
from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.codec import Encoded
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions.errors import Conflict, Invalid
from regions.roles import Role
from tests.scenarios import cast as casting

from .conftest import NOW
from .hostile_files import good, text
from .test_api import client
from .test_joining import track, values
from .test_pages import client as page
from .test_reading_tracks import read

ADDRESS = "/api/v1/track-uploads/"
PIECE = 1024
DATA = text(good(60))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch) -> None:
    monkeypatch.setattr(arriving, "PIECE", PIECE)


def pieces(data: bytes = DATA) -> list[bytes]:
    return [data[start : start + PIECE] for start in range(0, len(data), PIECE)]


def begun(officer, data: bytes = DATA, **fields):
    body = {"name": "大文件.csv", "size": len(data), "mark": "大文件.csv|1", **fields}
    return client(officer).post(ADDRESS, body, format="json")


def sent(officer, pk: str, offset: int, piece: bytes, **headers):
    announced = {"Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {hashlib.sha256(piece).hexdigest()}"}
    return client(officer).generic(
        "PATCH", f"{ADDRESS}{pk}/", piece, content_type="application/octet-stream", headers=announced | headers
    )


def sent_whole(officer, data: bytes = DATA, **fields) -> str:
    pk = begun(officer, data, **fields).json()["id"]
    for number, piece in enumerate(pieces(data)):
        answer = sent(officer, pk, number * PIECE, piece)
        assert answer.status_code == 200, answer.data
    return pk


def act(officer, pk: str, action: str, **body):
    return client(officer).post(f"{ADDRESS}{pk}/actions/{action}/", body, format="json")


def chain_of(data: bytes) -> str:
    chain = b""
    for piece in pieces(data):
        chain = hashlib.sha256(chain + hashlib.sha256(piece).digest()).digest()
    return chain.hex()


def test_a_file_goes_on_where_it_stopped_and_is_read_and_imported(cast, inspector):
    UploadRule.objects.update(at_once_mb=0)
    first = begun(inspector, route="府东街", coordinate_system="gcj02")
    assert (first.status_code, first.json()["received"], first.json()["piece_bytes"]) == (201, 0, PIECE)
    pk = first.json()["id"]
    assert sent(inspector, pk, 0, pieces()[0]).json()["received"] == PIECE
    # The page is loaded anew, the same file chosen again: the server knows it and says how far it is.
    again = begun(inspector)
    assert (again.status_code, again.json()["id"], again.json()["received"]) == (200, pk, PIECE)
    assert again.json()["chain"] == chain_of(DATA[:PIECE])
    head = client(inspector).head(f"{ADDRESS}{pk}/")
    assert head.headers["Upload-Offset"] == str(PIECE)
    assert "还没有传完" in act(inspector, pk, "finish", chain=chain_of(DATA)).json()["detail"]
    for number, piece in enumerate(pieces()[1:], 1):
        sent(inspector, pk, number * PIECE, piece)
    done = act(inspector, pk, "finish", sha256=hashlib.sha256(DATA).hexdigest())
    assert done.status_code == 200, done.data
    upload = TrackUpload.objects.get(arrival=pk)
    assert (upload.route, upload.coordinate_system, upload.reading) == ("府东街", "gcj02", Reading.QUEUED)
    assert store().take(upload.sha256) == DATA
    queueing.work(str(upload.pk))
    assert client(inspector).get(f"{ADDRESS}{pk}/").json()["upload"]["reading"] == "read"
    assert act(inspector, pk, "import").status_code == 200
    queueing.work(str(upload.pk))
    shown = client(inspector).get(f"{ADDRESS}{pk}/").json()["upload"]
    assert (shown["run"], shown["rows_read"] > 0) == (str(PatrolRun.objects.get().pk), True)


def test_what_is_not_the_piece_that_is_due_is_not_kept(cast, inspector, django_capture_on_commit_callbacks):
    pk = begun(inspector).json()["id"]
    one, two = pieces()[:2]
    refusals = [
        (sent(inspector, pk, PIECE, two), 409, "已收到 0 字节"),
        (sent(inspector, pk, 0, one, **{"Upload-Checksum": f"sha256 {'0' * 64}"}), 400, "损坏"),
        (sent(inspector, pk, 0, one, **{"Upload-Checksum": "md5 abc"}), 400, "Upload-Checksum"),
        (sent(inspector, pk, 0, one, **{"Upload-Offset": "-1"}), 400, "Upload-Offset"),
        (sent(inspector, pk, 0, one, **{"Upload-Offset": "9" * 40}), 400, "Upload-Offset"),
        (sent(inspector, pk, 0, one[:-1]), 400, "应为 1024 字节"),
        (sent(inspector, pk, 0, one + b"x"), 400, "应为 1024 字节"),
        (sent(inspector, pk, 0, b""), 400, "原始字节"),
        (sent(inspector, pk, 0, b"%PDF-1.7".ljust(PIECE)), 400, "不是轨迹文件"),
        (client(inspector).patch(f"{ADDRESS}{pk}/", {"a": 1}, format="json"), 400, "Upload-"),
    ]
    for answer, status, words in refusals:
        assert (answer.status_code, words in json.dumps(answer.json(), ensure_ascii=False)) == (status, True), (
            answer.json()
        )
    assert TrackArrival.objects.get().received == 0
    sent(inspector, pk, 0, one)
    assert sent(inspector, pk, 0, one).status_code == 409, "the same piece twice counts once"
    with django_capture_on_commit_callbacks(execute=True):
        assert act(inspector, pk, "abandon").status_code == 200
    assert sent(inspector, pk, PIECE, two).status_code == 409
    assert not store().part(pk).exists()


def test_a_finished_file_takes_nothing_more_and_is_finished_once(cast, inspector, django_capture_on_commit_callbacks):
    pk = sent_whole(inspector)
    assert act(inspector, pk, "finish").status_code == 400
    assert "不一致" in act(inspector, pk, "finish", sha256="0" * 64).json()["detail"]
    assert not TrackUpload.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert act(inspector, pk, "finish", chain=chain_of(DATA)).status_code == 200
    assert not store().part(pk).exists()
    assert act(inspector, pk, "finish", chain=chain_of(DATA)).status_code == 409
    assert sent(inspector, pk, len(DATA), b"x").status_code == 409
    assert TrackUpload.objects.count() == 1
    assert begun(inspector).status_code == 201, "the same file once more is a new one: importing it will say so"


def test_another_officers_file_is_as_absent_as_none(cast, inspector, leader):
    pk = begun(inspector).json()["id"]
    stranger = cast.officer(cast.contractor, Role.INSPECTOR)
    for other in (leader, stranger):
        nowhere = client(other).get(f"{ADDRESS}{arriving.TrackArrival().pk}/")
        for answer in (
            client(other).get(f"{ADDRESS}{pk}/"),
            sent(other, pk, 0, pieces()[0]),
            act(other, pk, "finish", sha256="0" * 64),
            act(other, pk, "abandon"),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, nowhere.json()["detail"])
        assert client(other).get(ADDRESS).json()["results"] == []
    assert client(cast.officer(cast.taiyuan, Role.HANDLER)).get(ADDRESS).status_code == 403
    assert begun(leader).status_code == 201, "the same name and size from a colleague is another file"


def test_bytes_that_changed_on_the_disk_are_not_handed_on(cast, inspector):
    pk = sent_whole(inspector)
    part = store().part(pk)
    part.write_bytes(part.read_bytes().replace(b"112.55", b"112.66", 1))
    assert "不一致" in act(inspector, pk, "finish", chain=chain_of(DATA)).json()["detail"]
    part.unlink()
    assert "不在服务器上" in act(inspector, pk, "finish", chain=chain_of(DATA)).json()["detail"]


def test_a_piece_written_by_a_killed_process_is_sent_again(cast, inspector):
    pk = begun(inspector).json()["id"]
    store().part(pk).write_bytes(b"?" * 5 * PIECE)  # written, but the row never moved on
    for number, piece in enumerate(pieces()):
        sent(inspector, pk, number * PIECE, piece)
    assert store().part(pk).stat().st_size == 5 * PIECE
    answer = act(inspector, pk, "finish", chain=chain_of(DATA))
    assert answer.status_code == 200, answer.data
    assert store().take(TrackUpload.objects.get().sha256) == DATA, "what lay beyond the whole is cut off"


def test_the_rule_bounds_size_number_and_sum(cast, inspector):
    UploadRule.objects.update(max_mb=1, open_files=2, kept_mb=2)
    assert "上限 1 MB" in json.dumps(begun(inspector, size=1024 * 1024 + 1).json(), ensure_ascii=False)
    for size in (0, -1, 2**60, "x", None, True):
        assert begun(inspector, size=size).status_code == 400
    for mark in ("a", "b"):
        assert begun(inspector, size=1024 * 1024, mark=mark).status_code == 201
    assert "没有传完" in begun(inspector, mark="c").json()["detail"]
    UploadRule.objects.update(open_files=9)
    assert "合计将超过 2 MB" in begun(inspector, mark="c").json()["detail"]
    assert begun(inspector, size=1024 * 1024, mark="a").status_code == 200, "what is on its way goes on"


def test_forgotten_files_are_swept_with_their_bytes(cast, inspector):
    old, fresh = sent_whole(inspector), begun(inspector, mark="b").json()["id"]
    sent(inspector, fresh, 0, pieces()[0])
    store().part("nobody").write_bytes(b"x")
    for name in (old, "nobody", fresh):
        os.utime(store().part(name), (0, 0))
    TrackArrival.objects.filter(pk=old).update(touched_at=NOW - timedelta(hours=73))
    assert arriving.sweep_stale() == 1
    assert [store().part(name).exists() for name in (old, fresh, "nobody")] == [False, True, False]
    assert [str(one.pk) for one in TrackArrival.objects.all()] == [fresh]


def test_a_small_file_goes_the_plain_way_too_without_being_read_whole(cast, inspector):
    answer = client(inspector).post(
        "/api/v1/patrol-runs/", {"file": SimpleUploadedFile("a.csv", DATA)}, format="multipart"
    )
    assert answer.status_code == 201
    pk = sent_whole(inspector)
    act(inspector, pk, "finish", chain=chain_of(DATA))
    upload = TrackUpload.objects.get()
    queueing.ask(upload, "import")
    queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert "没有重复导入" in upload.sentence


def test_the_page_begins_tells_what_is_on_its_way_and_gives_it_up(cast, inspector, leader, settings):
    said = {
        "bureau": cast.taiyuan_team.pk, "time_zone": "Asia/Shanghai", "coordinate_system": "wgs84", "name": "大文件.csv",
        "size": 2**31, "mark": "m",
    }  # fmt: skip
    begin = page(inspector).post("/patrols/upload/begin/", said)
    assert (begin.status_code, begin.json()["size"]) == (200, 2**31)
    for bad, words in (
        ({"size": "x"}, "文件："), ({"size": "9" * 30}, "文件："), ({"bureau": cast.linfen.pk}, "走航单位："),
        ({"mark": "m" * 999}, "文件："), ({"name": "\x00"}, "文件名："), ({"time_zone": "Mars"}, "文件中的时间："),
        ({"vehicle": "999"}, "走航车："), ({"size": 2**32}, "超过上限"),
    ):  # fmt: skip
        answer = page(inspector).post("/patrols/upload/begin/", said | bad)
        assert (answer.status_code, words in answer.json()["detail"]) == (400, True), answer.json()
    assert TrackArrival.objects.count() == 1
    told = page(inspector).get("/patrols/upload/").content.decode()
    assert "没有传完的文件" in told
    assert "CSV 等文本不超过 2048 MB；XLSX 不超过 50 MB，解压后不超过 96 MB" in told
    assert "须整体读取的不超过 128 MB" in told
    settings.PATROL_IMPORT = {"unpacked_bytes": 64 << 20}
    assert "解压后不超过 64 MB" in page(inspector).get("/patrols/upload/").content.decode(), (
        "the deployment's own bound"
    )
    assert "没有传完的文件" not in page(leader).get("/patrols/upload/").content.decode()
    address = f"/patrols/upload/{begin.json()['id']}/abandon/"
    assert page(leader).post(address).status_code == 404
    assert page(inspector).post(address).status_code == 302
    assert "已经放弃" in page(inspector).post(address, follow=True).content.decode()


def test_a_file_that_must_be_read_whole_and_is_too_large_is_told_at_its_first_piece(cast, inspector, settings):
    UploadRule.objects.update(whole_mb=1)
    settings.PATROL_IMPORT = {"max_bytes": 1024 * 1024}
    large = 2 * 1024 * 1024
    for number, (data, words) in enumerate(
        [(text(good(60), encoding="utf-16"), "须整体读取"), (b"PK\x03\x04" + b"x" * PIECE, "超过上限 1 MB")]
    ):
        pk = begun(inspector, size=large, mark=str(number)).json()["id"]
        assert words in sent(inspector, pk, 0, data[:PIECE]).json()["detail"]
    pk = begun(inspector, size=large, mark="csv").json()["id"]
    assert sent(inspector, pk, 0, DATA[:PIECE]).status_code == 200


def test_what_is_stated_and_remembered_of_a_header_is_filled_in_when_the_file_is_whole(cast, inspector):
    upload = TrackUpload.objects.get(arrival=_finished(inspector, text(good(50)), coordinate_system="gcj02"))
    queueing.ask(upload, "import")
    queueing.work(str(upload.pk))
    upload = TrackUpload.objects.get(arrival=_finished(inspector, DATA, use_remembered=True))
    assert (upload.coordinate_system, len(upload.recalled)) == ("gcj02", 1)
    pk = _finished(inspector, DATA, coordinate_system="bd09", mark="again")
    assert act(inspector, pk, "refuse").status_code == 200
    assert act(inspector, pk, "import").status_code == 409
    for bad in ({"mapping": {"files": 1}}, {"mapping": {"files": {"a": {"instrument": "none"}}}},
                {"time_zone": "Mars"}, {"coordinate_system": "x"}, {"use_remembered": 7}):  # fmt: skip
        assert begun(inspector, **bad).status_code == 400, bad


def _finished(officer, data: bytes, **fields) -> str:
    pk = sent_whole(officer, data, **fields)
    answer = act(officer, pk, "finish", chain=chain_of(data))
    assert answer.status_code == 200, answer.data
    return pk


# --- several files of one drive --------------------------------------------------------------------------------------

DRIVE = {"pid.csv": values([s + 0.5 for s in range(19)]), "co.csv": values(range(0, 19, 3), "时间,CO(ppm)", 1.5),
         "way.gpx": track(range(20))}  # fmt: skip


def begun_together(officer, names=tuple(DRIVE), drive="上午", **fields) -> dict[str, str]:
    """The drive's files begun, by name."""
    said = {"drive": drive, "drive_files": len(names), **fields}
    return {name: begun(officer, DRIVE[name], name=name, mark=name, **said).json()["id"] for name in names}


def sent_to_the_end(officer, pk: str, data: bytes):
    for number, piece in enumerate(pieces(data)):
        assert sent(officer, pk, number * PIECE, piece).status_code == 200
    return act(officer, pk, "finish", chain=chain_of(data))


def test_files_of_one_drive_each_arrive_in_pieces_and_become_one_run(
    cast, inspector, django_capture_on_commit_callbacks
):
    """One is broken off and gone on with, one names its own instrument; the run is the one the form would have made."""
    UploadRule.objects.update(at_once_mb=0, open_files=1)
    Instrument.objects.create(bureau=cast.taiyuan_team, name="CO-1", serial="C-7")
    keys = begun_together(inspector)
    assert "不符" in begun(inspector, drive="上午", drive_files=3, mark="x").json()["detail"], "a fourth of three"
    assert "没有传完" in begun(inspector, mark="y").json()["detail"], "a drive counts as one, and one may be open"
    assert begun(inspector, DRIVE["co.csv"], name="co.csv", mark="co.csv", drive="上午", drive_files=3,
                 instrument="C-7").json()["id"] == keys["co.csv"]  # fmt: skip
    first = sent_to_the_end(inspector, keys["pid.csv"], DRIVE["pid.csv"]).json()
    assert (first["whole"], first["upload"]) == (True, None)
    sent(inspector, keys["way.gpx"], 0, pieces(DRIVE["way.gpx"])[0])
    assert begun_together(inspector) == keys, "all chosen again, each goes on"
    assert "等其余文件" in page(inspector).get("/patrols/upload/").content.decode()
    assert sent_to_the_end(inspector, keys["co.csv"], DRIVE["co.csv"]).json()["upload"] is None
    for number, piece in list(enumerate(pieces(DRIVE["way.gpx"])))[1:]:
        sent(inspector, keys["way.gpx"], number * PIECE, piece)
    with django_capture_on_commit_callbacks(execute=True):
        done = act(inspector, keys["way.gpx"], "finish", chain=chain_of(DRIVE["way.gpx"]))
    assert done.status_code == 200, done.data
    upload = TrackUpload.objects.get()
    assert {client(inspector).get(f"{ADDRESS}{pk}/").json()["upload"]["id"] for pk in keys.values()} == {str(upload.pk)}
    assert not any(store().part(pk).exists() for pk in keys.values())
    assert [one.name for one in store().part("").iterdir()] == []
    assert (upload.name, upload.reading, upload.instrument) == ("co.csv 等 3 个文件.zip", Reading.QUEUED, None)
    queueing.work(str(upload.pk))
    upload.refresh_from_db()
    assert (upload.reading, upload.sentence) == (Reading.READ, "")
    assert "co.csv" in page(inspector).get(f"/patrols/uploads/{upload.pk}/").content.decode()
    act(inspector, keys["pid.csv"], "import")
    queueing.work(str(upload.pk))
    run = PatrolRun.objects.get()
    assert [(one.name, one.sha256, one.size) for one in run.sources.order_by("position")] == [
        (name, hashlib.sha256(DRIVE[name]).hexdigest(), len(DRIVE[name])) for name in sorted(DRIVE)
    ]
    assert [one.instrument.serial if one.instrument else "" for one in run.sources.order_by("position")] == [
        "C-7",
        "",
        "",
    ]
    known = [SourceFile(name, data) for name, data in DRIVE.items()]
    assert run.readings_key == Encoded(read(bundle.pack(known)).readings).sha256(), "the same as sent at once"


def test_a_drive_is_given_up_swept_and_refused_as_a_whole(cast, inspector, leader, django_capture_on_commit_callbacks):
    keys = begun_together(inspector)
    sent_to_the_end(inspector, keys["pid.csv"], DRIVE["pid.csv"])
    TrackArrival.objects.update(touched_at=NOW - timedelta(hours=73))
    TrackArrival.objects.filter(pk=keys["way.gpx"]).update(touched_at=NOW)
    assert arriving.sweep_stale() == 0, "what is whole waits while another file of its drive arrives"
    assert act(leader, keys["co.csv"], "abandon").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert act(inspector, keys["co.csv"], "abandon").status_code == 200
    assert TrackArrival.objects.filter(abandoned_at=None).count() == 0
    assert not store().part(keys["pid.csv"]).exists()
    again = begun_together(inspector)
    sent_to_the_end(inspector, again["pid.csv"], DRIVE["pid.csv"])
    sent_to_the_end(inspector, again["co.csv"], DRIVE["co.csv"])
    part = store().part(again["pid.csv"])
    part.write_bytes(part.read_bytes().replace(b",45", b",46", 1))
    assert "已收到的内容与上传时不同" in sent_to_the_end(inspector, again["way.gpx"], DRIVE["way.gpx"]).json()["detail"]
    assert not TrackUpload.objects.exists()
    # Chosen without the damaged one, the other two are a drive of their own and are whole already.
    fresh = begun_together(inspector, ("co.csv", "way.gpx"), drive="下午")
    assert act(inspector, fresh["co.csv"], "finish", chain=chain_of(DRIVE["co.csv"])).json()["upload"] is not None
    UploadRule.objects.update(max_mb=1)
    for size, words in ((600_000, ""), (600_000, "合计"), (1, "")):
        said = begun(inspector, size=size, mark=f"{size}{words}", drive="d", drive_files=3).json()
        assert words in said.get("detail", ""), said
    for wrong in (1, 9, 0, "2", None):
        assert begun(inspector, mark="w", drive="e", drive_files=wrong).status_code == 400, wrong
    assert "同一标记" in begun(inspector, mark="w", drive=" ", drive_files=2).json()["detail"], "not a file alone"


# --- races, committed -----------------------------------------------------------------------------------------------


def together(count: int, work) -> list[str]:
    """What each of so many threads that start at once met: the name of its error, or its answer."""
    gate = threading.Barrier(count)

    def alone(number: int) -> str:
        try:
            gate.wait(20)
            return str(work(number))
        except (Conflict, Invalid) as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(alone, range(count)))


def test_of_many_tabs_one_writes_one_finishes_and_the_quota_holds(committing_db, settings, tmp_path, monkeypatch):
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }
    with clock.moved_to(NOW):
        cast = casting.make()
    officer, bureau = cast.officer(cast.taiyuan_team, Role.INSPECTOR), cast.taiyuan_team

    def begin(number: int, mark: str = "") -> str:
        said = {"by": officer, "bureau": bureau, "name": "a.csv", "size": len(DATA), "stated": arriving.Stated()}
        return str(arriving.begin(mark=mark or f"{number}", **said)[0].pk)

    met = together(8, lambda number: begin(number, "the same"))
    assert len(set(met)) == 1, "one file, whoever began it"
    assert together(8, begin).count("Invalid") == 4, "five at once, one of them begun before"
    arrival = TrackArrival.objects.get(mark="the same")
    for offset, piece in zip(range(0, len(DATA), PIECE), pieces(), strict=True):
        digest = hashlib.sha256(piece).hexdigest()

        def send(_number: int, offset: int = offset, piece: bytes = piece, digest: str = digest) -> int:
            return arriving.receive(arrival, by=officer, offset=offset, piece=piece, sha256=digest).received

        assert together(3, send).count("Conflict") == 2
    # Two gigabytes take seconds to hash: nobody waits for the row meanwhile.
    sums, free = arriving._sums, []

    def watched(part):
        with ThreadPoolExecutor(1) as pool:
            free.append(pool.submit(_is_free, arrival.pk).result(20))
        return sums(part)

    with monkeypatch.context() as watching:
        watching.setattr(arriving, "_sums", watched)
        with pytest.raises(Invalid):
            arriving.finish(arrival, by=officer, sha256="0" * 64)
    assert free == [True]
    assert together(4, lambda _n: arriving.finish(arrival, by=officer, chain=chain_of(DATA))).count("Conflict") == 3
    assert TrackUpload.objects.count() == 1
    # The last two files of a drive are whole at the same moment: one of the two hands them on, and nobody waits for ever.
    TrackArrival.objects.filter(upload=None).delete()

    def arrived(drive: str) -> list[tuple[TrackArrival, str]]:
        files = []
        for name, data in DRIVE.items():
            said = {"by": officer, "bureau": bureau, "name": name, "size": len(data), "stated": arriving.Stated()}
            one = arriving.begin(mark=drive + name, drive=arriving.Drive(drive, len(DRIVE)), **said)[0]
            for number, piece in enumerate(pieces(data)):
                digest = hashlib.sha256(piece).hexdigest()
                arriving.receive(one, by=officer, offset=number * PIECE, piece=piece, sha256=digest)
            files.append((one, chain_of(data)))
        return files

    files = arrived("上午")
    met = together(6, lambda n: bool(arriving.finish(files[n % 3][0], by=officer, chain=files[n % 3][1])))
    assert met.count("True") == 1, met
    assert set(met) <= {"True", "False", "Conflict"}, "False: its others weren't whole yet"
    assert TrackUpload.objects.filter(arrival__drive="上午").distinct().count() == 1
    # A request with a key is one transaction: neither may end before it sees that the other is whole.
    (first, its_chain), *last = arrived("下午")
    arriving.finish(first, by=officer, chain=its_chain)
    both = threading.Barrier(2)

    def keyed(number: int) -> bool:
        with transaction.atomic():
            done = arriving.finish(last[number][0], by=officer, chain=last[number][1])
            with suppress(threading.BrokenBarrierError):
                both.wait(0.3)  # as long as the other may take to end as well, if nothing holds it
        return bool(done)

    assert together(2, keyed) == ["False", "True"]


def _is_free(pk) -> bool:
    """Whether a connection of its own gets the row's lock at once."""
    try:
        with transaction.atomic():
            return TrackArrival.objects.select_for_update(nowait=True, of=("self",)).filter(pk=pk).exists()
    except OperationalError:
        return False
    finally:
        connections.close_all()

"""Hashes the pictures kept before look-alikes were searched for. Stopped and started again, it goes on."""

import io
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from PIL import Image

from enforcement.timeline import likeness
from enforcement.timeline.evidence import store


class Command(BaseCommand):
    help = _("为早先上传、尚无感知哈希的照片补算哈希，可随时中断后再次运行。")

    def handle(self, *args: Any, **options: Any) -> None:
        done = lost = 0
        for row in likeness.without_hash():
            try:
                with Image.open(io.BytesIO(store().take(row.thumbnail))) as picture:
                    digits = likeness.hash_of(picture.convert("RGB"))
            except (OSError, ValueError):
                lost += 1
                continue
            likeness.keep([(row, digits)])
            done += 1
        self.stdout.write(_("已补算%(done)d张，缩略图不可读%(lost)d张。") % {"done": done, "lost": lost})

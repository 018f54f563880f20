"""Creates the first security administrator of a new installation; everyone else is made in the admin site."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from regions.models import Bureau, BureauKind, Division, Officer, Posting
from regions.roles import Role
from regions.words import unfit


class Command(BaseCommand):
    help = _("新装系统时建立第一个安全管理员，密码只显示一次。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help=_("账号"))
        parser.add_argument("name", help=_("姓名"))
        parser.add_argument("bureau", help=_("省级主管单位名称"))

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        words = [options["username"].strip(), options["name"].strip(), options["bureau"].strip()]
        options.update(username=words[0], name=words[1], bureau=words[2])
        if not all(words):
            raise CommandError(_("请填写账号、姓名和单位名称。"))
        # A shell hands over bytes that are no text as half surrogates.
        if unfit("".join(words)):
            raise CommandError(_("名称含有无法识别的字符。"))
        if len(options["username"]) > 60 or len(options["name"]) > 40 or len(options["bureau"]) > 80:
            raise CommandError(_("账号不超过60字，姓名不超过40字，单位名称不超过80字。"))
        if Posting.objects.filter(role=Role.SECURITY_ADMINISTRATOR).exists():
            raise CommandError(_("已有安全管理员，请由其在管理页面建立账号。"))
        if Officer.objects.filter(username=options["username"]).exists():
            raise CommandError(_("账号“%(name)s”已存在。") % {"name": options["username"]})
        province = Division.objects.current().filter(level="province").first()
        if province is None:
            raise CommandError(_("还没有行政区划，请先运行 prepare。"))
        bureau, _made = Bureau.objects.get_or_create(
            name=options["bureau"],
            defaults={
                "short_name": options["bureau"][:30],
                "division": province,
                "kind": BureauKind.DEPARTMENT,
            },
        )
        password = secrets.token_urlsafe(18)
        officer = Officer.objects.create_officer(options["username"], options["name"], password)
        Posting.objects.create(
            officer=officer, bureau=bureau, role=Role.SECURITY_ADMINISTRATOR, since=timezone.localdate()
        )
        self.stdout.write(
            _("已建立安全管理员“%(name)s”，初始密码：%(password)s") % {"name": officer.username, "password": password}
        )

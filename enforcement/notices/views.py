"""The inbox: an officer's own notices, newest first, and marking them as read."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enforcement.notices import wording
from enforcement.notices.actions import reading
from enforcement.notices.models import Notice
from regions import keyset
from regions.errors import Absent, Invalid
from regions.gatekeeper import OfficerRequest, policy, signed_in

SIZE = 30


@policy(signed_in("own"))
@require_safe
def inbox(request: OfficerRequest) -> HttpResponse:
    own = Notice.objects.visible_to(request.user)
    unread = own.unread().count()
    everything = request.GET.get("show") == "all"
    listed = own if everything else own.unread()
    trouble = ""
    try:
        page = keyset.page(
            listed, ["-id"], SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except Invalid as error:
        trouble, page = str(error), keyset.page(listed, ["-id"], SIZE)
    here = request.path
    context = {
        "lines": wording.lines(page.rows, request.user),
        "everything": everything,
        "unread": unread,
        "newest": page.rows[0].pk if page.rows else None,
        "trouble": trouble,
        "tabs": [
            {"label": _("未读"), "url": here, "active": not everything, "count": unread},
            {"label": _("全部"), "url": f"{here}?show=all", "active": everything, "count": None},
        ],
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "notices/inbox.html", context)


@policy(signed_in("own"))
@require_POST
def read(request: OfficerRequest, pk: int) -> HttpResponse:
    try:
        reading.mark_read(request.user, pk)
    except Absent as error:
        raise Http404 from error
    return _back(request)


class UpTo(forms.Form):
    """The newest notice the reader saw: what arrived after it stays unread."""

    up_to = forms.IntegerField(min_value=1, max_value=2**63 - 1)


@policy(signed_in("own"))
@require_POST
def read_all(request: OfficerRequest) -> HttpResponse:
    form = UpTo(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有标记任何提醒，请刷新页面后重试。"))
        return _back(request)
    count = reading.mark_all_read(request.user, form.cleaned_data["up_to"])
    messages.success(request, _("已将 %(n)d 条提醒标为已读。") % {"n": count})
    return _back(request)


def _back(request: OfficerRequest) -> HttpResponse:
    """To the list as it stood: its own address and no other, with the words the form carried along."""
    kept = request.GET.copy()
    words = "?" + kept.urlencode() if kept else ""
    return redirect(reverse("notices:inbox") + words)

"""Signing in on the page. Guesses at one account are counted as at the API's token, by the same counter."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from rest_framework.settings import api_settings

from regions.api.throttling import AccountThrottle


class SignIn(LoginView):
    """The login page; too many guesses at an account wait, whether the password is right or wrong."""

    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = PageThrottle()
        if api_settings.DEFAULT_THROTTLE_CLASSES and not throttle.allow_request(request, self):
            return self._refused(max(1, round(throttle.wait() or 60)))
        return super().post(request, *args, **kwargs)

    def _refused(self, seconds: int) -> HttpResponse:
        form: Any = AuthenticationForm(self.request, initial={"username": self.request.POST.get("username", "")[:150]})
        sentence = ngettext(
            "对这个账号尝试过于频繁，请%(n)d秒后再试。", "对这个账号尝试过于频繁，请%(n)d秒后再试。", seconds
        ) % {"n": seconds}
        # The password isn't looked at: checking it is what is being limited.
        form._errors = forms.utils.ErrorDict({"__all__": form.error_class([sentence], error_class="nonfield")})
        answer = self.render_to_response(self.get_context_data(form=form), status=429)
        answer["Retry-After"] = str(seconds)
        return answer


class PageThrottle(AccountThrottle):
    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return self.key_of(request.POST.get("username"))

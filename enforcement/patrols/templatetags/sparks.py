"""The small picture a hot spot keeps of its series: ``{% load sparks %}{{ spot|spark }}``."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from enforcement.patrols import series
from enforcement.patrols.models import HotSpot

register = template.Library()


@register.filter
def spark(spot: HotSpot) -> SafeString:
    """Its minutes as an SVG that says peak and background; "" where it keeps none."""
    label = _("峰值 %(peak)s %(unit)s，背景 %(background)s 的前后曲线") % {
        "peak": f"{spot.peak:.4g}", "unit": spot.unit, "background": f"{spot.background:.4g}"
    }  # fmt: skip
    first_ms, last_ms = (int(moment.timestamp() * 1000) for moment in (spot.started_at, spot.ended_at))
    return series.spark(spot.series, first_ms, last_ms, spot.background, label)

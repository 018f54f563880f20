"""Why a stretch above the limits is no hot spot, in words: its number beside the rule's."""

from django.utils.translation import gettext as _

from enforcement.patrols.models import HotSpotRule
from enforcement.patrols.tracks import judging
from enforcement.patrols.tracks.hotspots import Dropped, FoundHotSpot

#: Stretches told that are no hot spots: a noisy channel may have thousands.
SHOWN = 200


def why_dropped(one: Dropped, spot: FoundHotSpot, rule: HotSpotRule) -> str:
    """The sentence for a stretch that was dropped, `spot` as it would have been one. Seconds, m/s and km/h."""
    words = {
        judging.SHORT: _("超限 %(n).0f 秒，不足 %(limit)g 秒") % {"n": spot.over_s, "limit": rule.min_duration_s},
        judging.IDLE: _("行驶中超限 %(n).0f 秒，不足 %(limit)g 秒，可能是自身尾气")
        % {"n": spot.over_s - spot.standing_s, "limit": rule.min_moving_s},
        judging.CALM: _("静风：平均风速 %(n).1f m/s，低于 %(limit)g m/s")
        % {"n": one.wind_ms or 0, "limit": rule.calm_ms},
        judging.SLOW: _("过慢：平均车速 %(n).1f km/h，低于 %(limit)g km/h")
        % {"n": one.kmh or 0, "limit": rule.slow_kmh},
        judging.FAST: _("过快：平均车速 %(n).1f km/h，高于 %(limit)g km/h")
        % {"n": one.kmh or 0, "limit": rule.fast_kmh},
        judging.TRAFFIC: _("形状像路过的尾气，不像烟羽"),
    }
    return str(words[one.why])

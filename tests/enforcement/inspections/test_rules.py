"""Promise: a list asks what its answers call for, judges each answer by its own rule, and says what is missing."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from enforcement.inspections import rules, units


@dataclass
class Item:
    code: str
    text: str = "检查内容"
    kind: str = "yes_no"
    choices: list[str] = field(default_factory=list)
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    failing: list[str] = field(default_factory=lambda: ["no"])
    asked_if: str = ""
    asked_if_answers: list[str] = field(default_factory=list)
    evidence: str = "none"


def codes(items: list[Item]) -> list[str]:
    return [item.code for item in items]


class TestWhatIsAsked:
    ITEMS = [
        Item("1"),
        Item("2", asked_if="1", asked_if_answers=["yes"]),
        Item("3", asked_if="2", asked_if_answers=["no"]),
        Item("4"),
    ]

    def test_what_hangs_on_an_answer_waits_for_it(self) -> None:
        assert codes(rules.asked(self.ITEMS, {})) == ["1", "4"]
        assert codes(rules.asked(self.ITEMS, {"1": "yes"})) == ["1", "2", "4"]
        assert codes(rules.asked(self.ITEMS, {"1": "yes", "2": "no"})) == ["1", "2", "3", "4"]

    def test_what_hangs_on_an_item_that_is_no_longer_asked_goes_with_it(self) -> None:
        assert codes(rules.asked(self.ITEMS, {"1": "no", "2": "no"})) == ["1", "4"]


class TestAnswers:
    @pytest.mark.parametrize(
        ("value", "kept", "fails"),
        [
            ("0.3", "0.3", False),
            ("0.29", "0.29", True),
            ("０．５", "0.5", False),
            ("1,000", "1000", True),
            ("1e2", "100", True),
        ],
    )
    def test_a_number_is_kept_plain_and_judged_by_its_limits(self, value: str, kept: str, fails: bool) -> None:
        item = Item("1", kind="number", unit="m/s", low=Decimal("0.3"), high=Decimal(50), failing=[])
        assert rules.clean(item, value) == kept
        assert rules.failed(item, kept) is fails

    @pytest.mark.parametrize("value", ["很快", "NaN", "Infinity", "1e30", "--1", "1\x00"])
    def test_what_is_no_number_gets_a_sentence(self, value: str) -> None:
        with pytest.raises(ValueError, match="。"):
            rules.clean(Item("1", kind="number", unit="m/s"), value)

    def test_a_choice_takes_only_its_own_words(self) -> None:
        item = Item("1", kind="choice", choices=["密闭", "无收集"], failing=["无收集"])
        assert rules.failed(item, rules.clean(item, "无收集"))
        with pytest.raises(ValueError, match="可选"):
            rules.clean(item, "别的")


class TestWhatIsMissing:
    def test_unanswered_items_and_missing_photos_are_named(self) -> None:
        items = [Item("1"), Item("2", evidence="failed"), Item("3", kind="photo"), Item("4", evidence="always")]
        sentences = rules.missing(items, {"2": "no", "4": "yes"}, {})
        assert [sentence.split(" ")[0] for sentence in sentences] == ["1", "2", "3", "4"]
        assert rules.missing(items, {"1": "yes", "2": "no", "4": "na"}, {"2": 1, "3": 1, "4": 2}) == []


class TestAListToPublish:
    def test_everything_wrong_is_said_at_once(self) -> None:
        items = [
            Item("1", kind="choice", choices=["一"], failing=["二"]),
            Item("2", kind="number", low=Decimal(2), high=Decimal(1)),
            Item("3", asked_if="9", asked_if_answers=["yes"]),
            Item("4", asked_if="1"),
        ]
        assert len(rules.faults_of(items)) == 6
        assert rules.faults_of([]) != []
        assert rules.faults_of([Item("1"), Item("2", asked_if="1", asked_if_answers=["no"])]) == []


class TestQuantities:
    def test_totals_read_as_the_province_publishes_them(self) -> None:
        assert units.published(Decimal(7420), "个") == (Decimal(7420), "个")
        assert units.published(Decimal(19200), "亩") == (Decimal("1.92"), "万亩")

    def test_what_measures_the_same_converts_and_the_rest_is_refused(self) -> None:
        assert units.converted(Decimal(15), "亩", "公顷") == Decimal("1.000000")
        assert units.converted(Decimal(1), "亩", "m²") == Decimal("666.666667")
        with pytest.raises(ValueError, match="不能换算"):
            units.converted(Decimal(1), "亩", "吨")

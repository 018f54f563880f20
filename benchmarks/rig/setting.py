"""What every benchmark is asked for on its command line."""

import argparse
import os

import django


def arguments(name: str, *, issues: int, quick: int, described: str) -> argparse.Namespace:
    """`--quick`, `--issues`, `--rounds`."""
    parser = argparse.ArgumentParser(prog=name, description=described, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{quick:,} issues and few rounds")
    parser.add_argument("--issues", type=int, default=0, help=f"size of the data set (default {issues:,})")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each measurement (default 5)")
    parser.add_argument("--only", default="", help="only what is named so, where a script measures several things")
    options = parser.parse_args()
    options.issues = options.issues or (quick if options.quick else issues)
    options.rounds = options.rounds or (2 if options.quick else 5)
    return options


def enter(environment: dict[str, str]) -> None:
    """Sets Django up on another database; before any model is imported."""
    os.environ.update(environment, STATEMENT_TIMEOUT_MS="0")
    django.setup()

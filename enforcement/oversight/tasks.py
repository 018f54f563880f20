"""Proposing by rules, now and then: one call."""

from celery import shared_task

from enforcement.oversight import actions


@shared_task(name="enforcement.oversight.tasks.propose_interviews")
def propose_interviews() -> None:
    actions.propose_by_rules()

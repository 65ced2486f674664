"""Rows say who did it by kind and key; rows from before say it as it was written then."""

from types import SimpleNamespace

from sami.domain.language.actor import Actor, ActorKind
from sami.store.actors import actor_columns, actor_of

CRM = Actor(ActorKind.API_KEY, "crm")


def test_a_row_keeps_the_written_form_and_beside_it_who_it_was() -> None:
    columns = actor_columns(CRM, "done_by")
    assert columns == {"done_by": "api/crm", "actor_kind": "api_key", "actor_key": "crm"}
    assert actor_of(SimpleNamespace(**columns), "done_by") == CRM


def test_a_row_from_before_is_read_as_it_was_written() -> None:
    assert actor_of(SimpleNamespace(by="api/crm", actor_kind=None, actor_key=None)) == CRM

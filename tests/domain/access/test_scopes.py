"""A key may what its scopes say, and * is everything but deciding who may come in."""

import pytest

from sami.domain.access.scopes import SCOPES_EXPLAINED, Scope, permits


@pytest.mark.parametrize(
    ("held", "needed", "permitted"),
    [
        pytest.param(("leads:read",), Scope.LEADS_READ, True, id="what is named"),
        pytest.param(("leads:write",), Scope.LEADS_READ, False, id="writing is not reading"),
        pytest.param(("calls:read",), Scope.RECORDINGS_READ, False, id="who reads calls does not hear them"),
        pytest.param(("*",), Scope.RECORDINGS_READ, True, id="the star hears them"),
        pytest.param(("*",), Scope.USERS_READ, False, id="the star does not see users"),
        pytest.param(("*",), Scope.USERS_WRITE, False, id="nor change them"),
        pytest.param(("*", "users:read"), Scope.USERS_READ, True, id="unless that is named beside it"),
        pytest.param((), Scope.LEADS_READ, False, id="nothing is nothing"),
    ],
)
def test_what_a_key_may_do(held: tuple[str, ...], needed: Scope, permitted: bool) -> None:
    assert permits(held, needed) is permitted


def test_every_scope_is_explained() -> None:
    assert list(SCOPES_EXPLAINED) == list(Scope)

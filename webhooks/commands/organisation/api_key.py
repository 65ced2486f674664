"""`sami api-key`: keys of the API are made, listed and revoked."""

import json
from typing import Any

import click
from sqlalchemy import Row

from sami import clock
from sami.access import api_keys
from sami.domain.access.scopes import SCOPES_EXPLAINED
from sami.store.access import every_api_key
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import instant
from webhooks.commands.shared.system_user import system_user

_SCOPES = "\b\nScopes:\n" + "\n".join(f"  {scope:<20} {meaning}" for scope, meaning in SCOPES_EXPLAINED.items())
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("api-key")
def api_key() -> None:
    """Make, list and revoke the bearer keys of the API."""


@api_key.command(epilog=_SCOPES)
@click.argument("name")
@click.argument("more_scopes", nargs=-1, metavar="[SCOPE]...")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="What the key may do.")
@click.option("--agent", metavar="KEY", help="Whose it is: who is rung where it asks for a call back.")
@_as_json
def create(name: str, more_scopes: tuple[str, ...], scopes: tuple[str, ...], agent: str | None, as_json: bool) -> None:
    """Make a key called NAME and print it: it is not kept, so it cannot be shown again."""
    held, now = (*scopes, *more_scopes), clock.utc_now()
    with opened_database() as database, database.begin() as db:
        key = api_keys.create_key(db, name=name, scopes=held, by=system_user(), now=now, agent=agent)
    if as_json:
        _print_json(
            {"name": name, "key": key, "scopes": list(dict.fromkeys(held)), "agent": agent, "created_at": instant(now)}
        )
    else:
        click.echo(key)


@api_key.command("list")
@_as_json
def list_keys(as_json: bool) -> None:
    """Every key there is or was: its name, scopes and last use, never the key."""
    with opened_database() as database, database.read() as db:
        keys = every_api_key(db)
    if as_json:
        _print_json({"keys": [_as_document(key) for key in keys]})
        return
    for key in keys:
        used = "never used" if key.last_used_at is None else f"last used {key.last_used_at:%Y-%m-%d}"
        state = used if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
        whose = "" if key.agent is None else f" of {key.agent}"
        click.echo(f"{key.name}{whose}: {', '.join(key.scopes)}; {state}")


@api_key.command
@click.argument("name")
@_as_json
def revoke(name: str, as_json: bool) -> None:
    """From the next request on the key called NAME is refused."""
    now = clock.utc_now()
    with opened_database() as database, database.begin() as db:
        api_keys.revoke_key(db, name=name, by=system_user(), now=now)
    if as_json:
        _print_json({"name": name, "revoked_at": instant(now)})
    else:
        click.echo(f"{name} is revoked.")


def _as_document(key: Row[Any]) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": key.scopes,
        "agent": key.agent,
        "created_at": instant(key.created_at),
        "created_by": key.created_by,
        "last_used_at": instant(key.last_used_at),
        "revoked_at": instant(key.revoked_at),
    }


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))

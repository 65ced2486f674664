"""How `sami workers` tells versions beside each other, and what examining leads again came to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from sami.domain.assignment.policy import Policy
from sami.domain.language.shares import PER_CENT
from sami.store.examined import Compared
from sami.workers.again import Again, Backfilled
from sami.workers.plan import versions_named
from sami.workers.registry import BUILT_IN
from webhooks.commands.shared.output import print_json

DIFFERENT_SHOWN = 30


def known_versions(policy: Policy) -> Iterator[tuple[str, str]]:
    """Capability and version of every worker there is: ours, and those that the policy names."""
    for name in BUILT_IN.capabilities():
        yield from ((name, worker.version) for worker in BUILT_IN.versions(name))
    yield from versions_named(policy)


def version_rows(policy: Policy, compared: list[Compared]) -> list[dict[str, Any]]:
    """Every version that there is or that has results, once for each side of a canary and for replays."""
    rows = [{"note": _note(policy, one.capability, one.version), **asdict(one)} for one in compared]
    seen = {(one.capability, one.version) for one in compared}
    idle = [name for name in dict.fromkeys(known_versions(policy)) if name not in seen]
    nothing = {"canary": False, "replayed": False, "results": 0, "states": {}}
    unknown = {"confidence": None, "took_ms": None, "owned": None}
    rows += [
        {"note": _note(policy, *name), "capability": name[0], "version": name[1], **nothing, **unknown} for name in idle
    ]
    return sorted(rows, key=lambda row: (row["capability"], row["version"], row["canary"], row["replayed"]))


def _note(policy: Policy, capability: str, version: str) -> str:
    """What a version is to the policy in force."""
    worker, newest = BUILT_IN.find(capability, version), BUILT_IN.newest(capability)
    choice = next((choice for choice in policy.workers if choice.capability == capability), None)
    chosen = (choice.version if choice else None) or (newest.version if newest else None)
    notes = [
        "deprecated" if worker is not None and worker.deprecated else "",
        "in use" if version == chosen else "",
        f"canary {choice.share}%" if choice is not None and choice.canary == version else "",
    ]
    return ", ".join(filter(None, notes))


def version_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("worker", "version", ""):
        table.add_column(column, no_wrap=True)
    for column in ("results", "ended", "sure", "ms", "owned"):
        table.add_column(column, justify="right")
    for row in rows:
        side = "replayed" if row["replayed"] else "as canary" if row["canary"] else row["note"]
        table.add_row(row["capability"], row["version"], side, str(row["results"]), *_figures(row))
    return table


def _figures(row: dict[str, Any]) -> list[str]:
    if not row["results"]:
        return []
    ended = ", ".join(f"{count} {state}" for state, count in row["states"].items() if count)
    return [ended, f"{row['confidence']:.2f}", f"{row['took_ms']:.0f}", f"{row['owned'] * PER_CENT:.0f}%"]


def print_rerun(done: list[Again], as_json: bool) -> None:
    different = [again for again in done if again.differences]
    failed = [again for again in done if again.result.error]
    if as_json:
        print_json(
            {
                "leads": len(done),
                "failed": len(failed),
                "different": [
                    {
                        "lead": again.lead_id,
                        "differences": [
                            {"field": name, "now": now, "would_be": would_be}
                            for name, now, would_be in again.differences
                        ],
                    }
                    for again in different
                ],
            }
        )
        return
    click.echo(f"{len(done)} leads examined again; {len(different)} would be different, {len(failed)} failed.")
    for again in different[:DIFFERENT_SHOWN]:
        changes = "; ".join(f"{name} {_word(now)} to {_word(new)}" for name, now, new in again.differences)
        click.echo(f"lead {again.lead_id}: {changes}")
    if len(different) > DIFFERENT_SHOWN:
        click.echo(f"... and {len(different) - DIFFERENT_SHOWN} more; --json lists them all.")
    for error, count in Counter(again.result.error for again in failed).most_common():
        click.echo(f"{count} failed: {error}.")


def print_backfill(done: list[Backfilled], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "leads": len(done),
                "results": sum(len(one.results) for one in done),
                "filled": {str(one.lead_id): dict(one.filled) for one in done if one.filled},
            }
        )
        return
    filled = Counter(name for one in done for name in one.filled)
    click.echo(f"{len(done)} leads examined, {sum(len(one.results) for one in done)} results.")
    for name, count in filled.most_common():
        click.echo(f"{name} filled in: {count}.")


def _word(value: Any) -> str:
    """Leads describe themselves: what they wrote must not steer the reader's terminal."""
    if value in (None, "", []):
        return "nothing"
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in said)

"""What became of each workflow that a lead went through."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from sami.database.prepared_statements import Prepared
from sami.store.policies import workflow_runs

_BEGIN = Prepared(insert(workflow_runs).returning(workflow_runs.c.id))
_FINISH = Prepared(
    update(workflow_runs).where(workflow_runs.c.id == bindparam("of_run")).values(results=bindparam("came_to"))
)


def begin_run(db: Connection, *, lead_id: int, workflow: str, trigger: str, at: datetime) -> int:
    """The number of this run, by which what it says outside is told apart from every other's."""
    values = {"lead_id": lead_id, "workflow": workflow, "trigger": trigger, "at": at, "results": []}
    return cast(int, _BEGIN.first(db, values).id)  # type: ignore[union-attr]  # An insert returns its row.


def finish_run(db: Connection, run_id: int, results: list[dict[str, Any]]) -> None:
    _FINISH.run(db, {"of_run": run_id, "came_to": results})


def runs_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """Every run of this lead, the first one first."""
    return list(
        db.execute(select(workflow_runs).where(workflow_runs.c.lead_id == lead_id).order_by(workflow_runs.c.id))
    )

"""What an organisation's workflows make of what happens to its leads."""

from sami.workflows.running import run_for_changes, run_workflows, withhold_notices

__all__ = ["run_for_changes", "run_workflows", "withhold_notices"]

"""What people and time do to leads after intake: owners by hand, claims, stages, clocks, a history that replays.

What runs the policy again for a lead is not named here: `sami.leads.breaches` stands on `sami.intake`, which starts
the clocks of this package.
"""

from sami.leads.absences import GiveBack, plan_give_back, preview_give_back
from sami.leads.bulk import Progress, carry_on, plan_bulk, preview_bulk, progress_of, reassign_bulk
from sami.leads.claims import Pond, PondLead, claim, read_pond
from sami.leads.clocks import keep_to_working_hours, note_response, start_sla
from sami.leads.history import BrokenHistory, verify_history
from sami.leads.owners import Reassigned, reassign
from sami.leads.parties import tell_both_sides
from sami.leads.stages import StageChanged, change_stage
from sami.leads.undoing import LeftAlone, Undone, undo_bulk, undo_part

__all__ = [
    "BrokenHistory",
    "GiveBack",
    "LeftAlone",
    "Pond",
    "PondLead",
    "Progress",
    "Reassigned",
    "StageChanged",
    "Undone",
    "carry_on",
    "change_stage",
    "claim",
    "keep_to_working_hours",
    "note_response",
    "plan_bulk",
    "plan_give_back",
    "preview_bulk",
    "preview_give_back",
    "progress_of",
    "read_pond",
    "reassign",
    "reassign_bulk",
    "start_sla",
    "tell_both_sides",
    "undo_bulk",
    "undo_part",
    "verify_history",
]

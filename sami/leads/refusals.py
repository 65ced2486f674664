"""What people may not do to a lead, each with a code and a sentence."""

from sami.domain.language.trace import SENTENCES, Finding
from sami.domain.leads.stages import MOVES, Stage
from sami.domain.messages.wording.leads import NamedLead
from sami.errors import SamiError


class LeadUnknown(SamiError):
    """There is no such lead."""

    code = "lead_unknown"
    status = 404

    def __init__(self, lead_id: int) -> None:
        super().__init__(f"Nothing has the number {lead_id}.")


class LeadExists(SamiError):
    """Another lead has this phone or e-mail address."""

    code = "lead_exists"
    status = 409

    def __init__(self, lead_id: int) -> None:
        super().__init__(f"It is lead {lead_id}.")


class Unreachable(SamiError):
    """Without a phone and an e-mail address nobody could reach this lead. Keep one of them."""

    code = "lead_unreachable"
    status = 422


class AgentsPhone(SamiError):
    """This is the phone of an agent, who never becomes a lead."""

    code = "phone_of_an_agent"
    status = 422


class AgentUnknown(SamiError):
    """There is no such agent."""

    code = "agent_unknown"
    status = 422

    def __init__(self, key: str) -> None:
        super().__init__(f"Nobody has the key {key}.")


class AgentInactive(SamiError):
    """This agent is no longer active."""

    code = "agent_inactive"
    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(f"It is {name}.")


class ReasonRequired(SamiError):
    """Say why: a lead does not change hands without a reason."""

    code = "reason_required"
    status = 422


class AlreadyOwned(SamiError):
    """Somebody owns this lead already."""

    code = "lead_already_owned"
    status = 409

    def __init__(self, lead: NamedLead, owner_id: int, owner_name: str) -> None:
        super().__init__(f"It is {owner_name}.")
        self.lead, self.owner_id, self.owner_name = lead, owner_id, owner_name


class ClaimRefused(SamiError):
    """This lead may not be taken from the pond by this agent."""

    code = "claim_refused"
    status = 409

    def __init__(self, name: str, found: Finding) -> None:
        self.why = f"{name} {SENTENCES[found.reason]}" + (f" ({found.detail})" if found.detail else "")
        super().__init__(f"{self.why}.")
        self.reason = found.reason


class StageUnknown(SamiError):
    """There is no such stage."""

    code = "stage_unknown"
    status = 422

    def __init__(self, stage: str) -> None:
        super().__init__(f"It says {stage}; known are {', '.join(Stage)}.")


class StageMoveRefused(SamiError):
    """A lead cannot move from its stage to this one."""

    code = "stage_move_refused"
    status = 409

    def __init__(self, before: Stage, after: Stage) -> None:
        allowed = ", ".join(stage for stage in Stage if stage in MOVES[before])
        super().__init__(f"It is {before}, from where it may go to {allowed}, and not to {after}.")


class FilterEmpty(SamiError):
    """Say which leads: without any condition it would be every lead there is."""

    code = "filter_empty"
    status = 422


class SplitRefused(SamiError):
    """The leads cannot be divided like this."""

    code = "split_refused"
    status = 422


class BatchUnknown(SamiError):
    """There is no such batch of leads."""

    code = "batch_unknown"
    status = 404

    def __init__(self, ref: str) -> None:
        super().__init__(f"None has the reference {ref}.")


class BatchUndone(SamiError):
    """This batch was undone already."""

    code = "batch_undone"
    status = 409


class StillAway(SamiError):
    """This agent is still out of office."""

    code = "still_away"
    status = 409


class NoAbsence(SamiError):
    """No absence with a cover that is over stands in the organisation's file for this agent."""

    code = "no_absence"
    status = 422

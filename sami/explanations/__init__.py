"""Why a call went where it went, and a lead to whom: their stories read from rows, as a document and in words."""

from sami.explanations.document import call_document, why_document
from sami.explanations.lead_document import lead_why_document
from sami.explanations.lead_story import LeadStory, explain_lead
from sami.explanations.lead_telling import tell_lead
from sami.explanations.reading import explain_call
from sami.explanations.story import CallStory
from sami.explanations.telling import Moment, Telling, tell

__all__ = [
    "CallStory",
    "LeadStory",
    "Moment",
    "Telling",
    "call_document",
    "explain_call",
    "explain_lead",
    "lead_why_document",
    "tell",
    "tell_lead",
    "why_document",
]

"""Why a call went where it went: its story read from rows, as a document for programs and in words for people."""

from sami.explanations.document import call_document, why_document
from sami.explanations.reading import explain_call
from sami.explanations.story import CallStory
from sami.explanations.telling import Moment, Telling, tell

__all__ = ["CallStory", "Moment", "Telling", "call_document", "explain_call", "tell", "why_document"]

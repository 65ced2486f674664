"""What happens when somebody texts one of our lines, and what became of a text of ours."""

from sami.texts.delivery import DeliveryReport, note_delivery
from sami.texts.heard import InboundText
from sami.texts.receiving import receive_text

__all__ = ["DeliveryReport", "InboundText", "note_delivery", "receive_text"]

"""The admin's file to the organisation in force, and back: twice changes nothing, and a wrong file changes nothing."""

from sami.documents.change import Change
from sami.documents.checks import Fault
from sami.organisation.applying import Applied, OrganisationRefused, apply_file, export_text, merged_document

__all__ = ["Applied", "Change", "Fault", "OrganisationRefused", "apply_file", "export_text", "merged_document"]

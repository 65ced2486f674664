"""What a call came to: one of eight words, in admins' files, the API and the rows alike."""

from enum import StrEnum


class Outcome(StrEnum):
    SUCCESSFUL_TRANSFER = "successful_transfer"
    MISSED_TRANSFER = "missed_transfer"
    NEEDS_FOLLOW_UP = "needs_follow_up"
    CONTACT_LATER = "contact_later"
    OPT_OUT = "opt_out"
    NOT_INTERESTED = "not_interested"
    UNQUALIFIED = "unqualified"
    BAD_NUMBER = "bad_number"

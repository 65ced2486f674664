"""Whoever changes a row may say which one they have seen; where it is another by now, nothing is changed (RFC 9110)."""

from flask import request

from sami.organisation.rows import Standing
from webhooks.api.refusals import ApiRefusal

SEEN = {"If-Match": "The ETag of the row as you have seen it, or * for any: 412 where it is another by now."}
SEEN_OR_NONE = {**SEEN, "If-None-Match": "* to add it only where there is none."}
TAGGED = {"ETag": "Of the row as it stands: for `If-Match`."}


class ChangedMeanwhile(ApiRefusal):
    """It is not as you have seen it; nothing was changed."""

    code = "changed_meanwhile"
    status = 412


def tag_header(standing: Standing) -> dict[str, str]:
    return {"ETag": f'"{standing.tag}"'}


def require_seen(standing: Standing | None) -> None:
    """Raises ChangedMeanwhile, with the tag of what is there. Both headers may be left out."""
    wanted, unwanted = request.if_match, request.if_none_match
    if standing is None:
        if wanted:
            raise ChangedMeanwhile("There is none.")
    elif (wanted and not wanted.contains(standing.tag)) or (unwanted and unwanted.contains(standing.tag)):
        raise ChangedMeanwhile("Read it again.", headers=tag_header(standing))

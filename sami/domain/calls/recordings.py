"""Which recording of Twilio's does the address mean that it told us of?"""

import re

_RECORDING = re.compile(r"/Accounts/(AC[0-9a-fA-F]{32})/Recordings/(RE[0-9a-fA-F]{32})$")


def recording_sid(url: str, account: str) -> str | None:
    """Its SID, by which it is asked for; None for what is no recording of this account. The host is never followed."""
    found = _RECORDING.search(url)
    return found[2] if found is not None and found[1] == account else None

"""What is wrong with the service, asked of itself: the same as `sami doctor`."""

import threading
from dataclasses import asdict

from migrations import newest_revision
from sami.carriers.twilio import Carrier
from sami.doctor.examining import Examination, examine
from sami.domain.access.scopes import Scope
from sami.errors import SamiError
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.schemas.doctor import FoundCheck

_examining = threading.Lock()
DEADLINE_S = 10.0
"""For what reads a whole table: a large one is `sami doctor`'s to read."""


class DoctorBusy(SamiError):
    """The service is being examined already; ask again in a moment."""

    code = "doctor_busy"
    status = 503


@answers(
    Operation(
        name="ask_doctor",
        method="GET",
        path="/doctor",
        scope=Scope.ORGANISATION_READ,
        summary="Say what is wrong, and how to mend it",
        description="Asks settings, database, Twilio, the public address and the work; slow where one is away.",
        answers={200: FoundCheck},
        several=True,
        refuses=(DoctorBusy,),
    )
)
def ask_doctor(context: ApiContext) -> Answer:
    settings = context.edge.settings
    carrier = Carrier(settings.twilio)
    asked = Examination(settings, context.edge.database, carrier, newest_revision(), context.now, DEADLINE_S)
    if not _examining.acquire(blocking=False):
        raise DoctorBusy
    try:
        return Answer([FoundCheck.model_validate(asdict(check)) for check in examine(asked)])
    finally:
        _examining.release()

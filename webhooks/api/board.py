"""The board: who is calling now, and who can take a call. Asked every other second, it mostly answers 304."""

from hashlib import sha256

from sami.domain.access.scopes import Scope
from sami.views.board import board_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import UNCHANGED, Operation
from webhooks.api.schemas.board import Board


@answers(
    Operation(
        name="read_board",
        method="GET",
        path="/board",
        scope=Scope.ORGANISATION_READ,
        summary="Read what goes on just now",
        description="Calls that are not over, at most 200, and who can take one. Send the ETag back as If-None-Match.",
        answers={200: Board},
        takes=UNCHANGED,
        gives={"ETag": "Of what goes on."},
    )
)
def read_board(context: ApiContext) -> Answer:
    with context.read() as db:
        board = Board.model_validate(board_document(db, context.now))
    tag = sha256(board.model_dump_json(by_alias=True).encode()).hexdigest()[:32]
    return Answer(board, headers={"ETag": f'"{tag}"'})

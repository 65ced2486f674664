"""How much of a body is read, judged by where a request goes and what its head carries? A stranger's not (S24)."""

from webhooks.server.reading import Head, Screen

BODY_MAX_BYTES = 64 * 1024
API_BODY_MAX_BYTES = 256 * 1024
BODY_MAX = max(API_BODY_MAX_BYTES, BODY_MAX_BYTES)


def screen_for(*, signed: bool) -> Screen:
    """`signed` tells whether requests without a signature are refused in the end (they always are, but in a trial)."""

    def readable(path: str, head: Head) -> int:
        if path.startswith("/webhooks/"):
            return BODY_MAX_BYTES if head.get("X_TWILIO_SIGNATURE") or not signed else 0
        if path.startswith("/api/"):
            return API_BODY_MAX_BYTES if head.get("AUTHORIZATION") else 0
        return BODY_MAX_BYTES

    return readable

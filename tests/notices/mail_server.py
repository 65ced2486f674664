"""A mail server on this machine that keeps what it is sent, and fails where it is told to."""

import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from tests.support.listening import listening

HANG_UP, SWALLOW = "hang up", "swallow"


class MailServer:
    """`replies` are by verb, used up one after the other: a line to answer, `HANG_UP` before, or `SWALLOW` after.

    `tls`: it offers STARTTLS, and asks for a login after it.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.taken: list[tuple[str, str, bytes]] = []
        self.heard: list[str] = []
        self.replies: dict[str, list[str]] = {}
        ours = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Talk(ours, self).go_on()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session, bind_and_activate=True)
        self.server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def next_reply(self, verb: str) -> str | None:
        waiting = self.replies.get(verb) or []
        return waiting.pop(0) if waiting else None

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            cast(EmailMessage, message_from_bytes(raw.replace(b"\r\n", b"\n"), policy=default))
            for _, _, raw in self.taken
        ]


class _Talk:
    def __init__(self, server: MailServer, session: socketserver.StreamRequestHandler) -> None:
        self.server, self.session = server, session
        self.sender, self.recipient, self.is_safe = "", "", False

    def go_on(self) -> None:
        try:
            self.listen()
        finally:
            for file in (self.session.rfile, self.session.wfile, self.session.connection):
                with suppress(OSError):
                    file.close()

    def listen(self) -> None:
        if not self.say(self.server.next_reply("CONNECT") or "220 mail.example.com"):
            return
        while line := self.session.rfile.readline():
            text = line.decode().strip()
            verb = text.split(" ")[0].upper()
            self.server.heard.append(text)
            if not self.answer(verb, text):
                return

    def answer(self, verb: str, text: str) -> bool:
        reply = self.server.next_reply(verb)
        if reply is not None and verb != "DATA":
            return self.say(reply)
        match verb:
            case "EHLO":
                return self.say(f"250-mail.example.com\r\n250 {self.offer}")
            case "STARTTLS":
                return self.start_tls()
            case "AUTH":
                return self.say("235 welcome")
            case "MAIL":
                self.sender = text.split(":", 1)[1]
            case "RCPT":
                self.recipient = text.split(":", 1)[1]
            case "DATA":
                return self.take(reply)
            case "QUIT":
                return self.say("221 bye") and False
        return self.say("250 ok")

    @property
    def offer(self) -> str:
        if self.server.tls is None:
            return "8BITMIME"
        return "AUTH PLAIN" if self.is_safe else "STARTTLS"

    def start_tls(self) -> bool:
        assert self.server.tls is not None
        self.say("220 go on")
        try:
            safe = self.server.tls.wrap_socket(self.session.connection, server_side=True)
        except OSError:
            return False
        self.session.connection, self.is_safe = safe, True
        self.session.rfile, self.session.wfile = safe.makefile("rb"), safe.makefile("wb", buffering=0)
        return True

    def take(self, reply: str | None) -> bool:
        if reply == HANG_UP:
            return self.say(HANG_UP)
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.session.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if reply in (None, SWALLOW):
            self.server.taken.append((self.sender, self.recipient, b"".join(lines)))
        return self.say(HANG_UP if reply == SWALLOW else reply or "250 queued")

    def say(self, line: str) -> bool:
        if line == HANG_UP:
            self.session.connection.shutdown(socket.SHUT_RDWR)
            return False
        self.session.wfile.write(line.encode() + b"\r\n")
        return True


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    server = MailServer(tls)
    with listening(server.server):
        yield server

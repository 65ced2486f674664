"""Would the mail server and Slack take what we send? Only what is set: nobody needs either."""

from collections.abc import Iterator

from sami.carriers.mail import mail_problem
from sami.doctor.check import Check, fine, wrong
from sami.domain.language.web_address import address_problem
from sami.settings.loading import Settings


def check_notices(settings: Settings) -> Iterator[Check]:
    if settings.mail.host:
        problem = mail_problem(settings.mail)
        if problem:
            yield wrong(
                "mail", f"mail: {problem}.", "Compare [mail] host, port, security, user and password with its own."
            )
        else:
            yield fine("mail", f"The mail server {settings.mail.host} lets us in.")
    url = settings.notices.slack_url.get_secret_value()
    if url:
        problem = address_problem(url, frozenset(settings.notices.allow_hosts))
        if problem:
            yield wrong("slack", f"notices.slack_url {problem}.", "Copy the incoming webhook's address from Slack.")
        else:
            yield fine("slack", "notices.slack_url is an address that can be posted to.")

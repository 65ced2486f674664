"""`sami form-token FORM`: what a website's form carries to show that it is one of ours."""

import secrets
from datetime import timedelta

import click

from sami import clock
from sami.access.form_tokens import note_form_token
from sami.domain.access.form_tokens import FORM_KEY, FormToken, TokenKind, seal_token
from sami.settings.loading import SettingsError, load_settings
from webhooks.commands.shared.policy_versions import writing
from webhooks.commands.shared.system_user import system_user

NONCE_BYTES = 12


@click.command("form-token")
@click.argument("form")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="For how long it counts.")
def form_token(form: str, days: int) -> None:
    """Print a token for the form called FORM, to be its hidden field `token`; it is no secret."""
    if not FORM_KEY.fullmatch(form):
        raise click.BadParameter("A form is called by small letters, digits, - and _, at most 64 of them.")
    secret = load_settings().forms.secret.get_secret_value()
    if not secret:
        raise SettingsError("forms.secret is empty, so nothing can be signed; set it to 32 or more random characters.")
    now = clock.utc_now()
    token = FormToken(TokenKind.PAGE, now, now + timedelta(days=days), secrets.token_urlsafe(NONCE_BYTES))
    with writing() as (db, _):
        note_form_token(db, form, token, by=system_user(), now=now)
    click.echo(seal_token(token, form=form, secret=secret))

"""`sami call`: a simulated call in the terminal."""

import click


@click.command
def call() -> None:
    """Play a call, print live what happens, and then why it went where it went."""

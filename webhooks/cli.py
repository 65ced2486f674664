"""`sami`: which command was meant, and what the shell is told about how it ended."""

import importlib
import os
import sys
from typing import cast

import click

from sami.errors import SamiError

# Name, where it is, what the help says. Looked up by name, so that `sami --help` starts without a database or a server.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("webhooks.commands.servers.run:run", "Web and worker together, with an embedded database."),
    "web": ("webhooks.commands.servers.web:web", "Answer Twilio, the API and the console."),
    "worker": ("webhooks.commands.servers.worker:worker", "Deliver, follow up and look after what time brings."),
    "demo": ("webhooks.commands.demo.start:run_demo", "As run, with a made-up business and phones in the browser."),
    "call": ("webhooks.commands.demo.call:call", "Play a call in the terminal, and say why it went where it went."),
    "migrate": ("webhooks.commands.servers.migrate:migrate", "Bring the database to the newest migration."),
    "backup": ("webhooks.commands.backups.backup:backup", "Write the whole database into one file, while SAMI runs."),
    "restore": (
        "webhooks.commands.backups.restore:restore",
        "Bring a backup into an empty database, or prove that it could be.",
    ),
    "setup": ("webhooks.commands.setup.command:setup", "Take the first live day step by step."),
    "init": ("webhooks.commands.organisation.init:init", "Write an organisation's file to begin with."),
    "apply": ("webhooks.commands.organisation.apply:apply", "Bring the organisation to what a file says."),
    "set": ("webhooks.commands.organisation.set_value:set_one", "Change one thing of the organisation by its path."),
    "organisation": (
        "webhooks.commands.organisation.versions:organisation",
        "List, show and compare the organisation's versions, and go back to one.",
    ),
    "export": ("webhooks.commands.organisation.export:export", "Print the organisation as such a file."),
    "lines": (
        "webhooks.commands.organisation.lines:lines",
        "Compare our numbers with Twilio, connect them, or release them.",
    ),
    "verify": (
        "webhooks.commands.organisation.verify:verify",
        "Ring an agent or a fallback number, and let them press 1.",
    ),
    "block": (
        "webhooks.commands.organisation.block:block_callers",
        "Keep a caller out, list who is, or let them in again.",
    ),
    "policy": ("webhooks.commands.policy.edit:policy", "Show, edit, publish, roll back and try who gets which lead."),
    "import-leads": ("webhooks.commands.leads.import_leads:import_leads", "Import leads from a file, or undo that."),
    "consent": (
        "webhooks.commands.messages.consent:consent",
        "Show, change, import and prove whether phones may be contacted.",
    ),
    "form-token": (
        "webhooks.commands.organisation.form_token:form_token",
        "Make the token that a website's form carries.",
    ),
    "cadences": (
        "webhooks.commands.leads.cadences:cadences",
        "List, try out and import cadences, and say who is in them.",
    ),
    "reassign": ("webhooks.commands.leads.reassign:reassign", "Give leads to other agents, one or many, or undo that."),
    "why": ("webhooks.commands.leads.why:why", "Say where a call went, or who owns a lead, and why."),
    "leads": (
        "webhooks.commands.leads.list_leads:leads",
        "List leads by owner, stage, source, tag, words and period.",
    ),
    "calls": ("webhooks.commands.leads.calls:calls", "List calls by line, agent, outcome, gate, lead and period."),
    "api-key": ("webhooks.commands.organisation.api_key:api_key", "Make, list and revoke the bearer keys of the API."),
    "replay": ("webhooks.commands.policy.replay:replay", "Decide the last days again, by their policy or by another."),
    "what-if": ("webhooks.commands.policy.what_if:what_if", "Say who would get a lead now, and why not the others."),
    "workers": (
        "webhooks.commands.policy.workers:workers",
        "Compare, run again and catch up with what examines leads.",
    ),
    "exceptions": (
        "webhooks.commands.leads.exceptions:exceptions",
        "List the leads that a person should look at, and why.",
    ),
    "limits": (
        "webhooks.commands.messages.limits:limits",
        "Say whether texts or bot calls are stopped, and lift that.",
    ),
    "report": ("webhooks.commands.reports.report:report", "Say how well we do: answers, waits, missed calls and more."),
    "notices": ("webhooks.commands.messages.notices:notices", "Show what agents were told in the app."),
    "webhooks": (
        "webhooks.commands.messages.subscriptions:webhooks",
        "Announce events to other systems, and what came of it.",
    ),
    "audit": (
        "webhooks.commands.organisation.audit:audit",
        "Say who changed what, and whether that record is as it was written.",
    ),
    "doctor": ("webhooks.commands.organisation.doctor:doctor", "Say in sentences what is wrong, if anything."),
}


class _ByName(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(importlib.import_module(module), function))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=_ByName, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sami")
def commands() -> None:
    """When a lead calls, a person answers."""


def main() -> None:
    """Exit status 0 done, 1 refused or failed, 2 wrong usage."""
    os.umask(0o077)  # What we write holds callers' names and words: it is readable by us alone (S28).
    try:
        commands(prog_name="sami")
    except SamiError as refusal:
        click.echo(f"sami: {refusal}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

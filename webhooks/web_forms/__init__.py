"""Forms of websites that have no program behind them: signed, limited, and taken in like every other lead."""

from webhooks.web_forms.routes import web_forms

__all__ = ["web_forms"]

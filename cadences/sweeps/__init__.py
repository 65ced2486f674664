"""Beats that repair what only time can: one file for people, one for calls, one for what is left lying about."""

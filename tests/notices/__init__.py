"""Notices by every channel, against servers that are real and on this machine."""

"""Leads from a file: its columns mapped, its rows taken in one by one, what is wrong with others said, all undoable."""

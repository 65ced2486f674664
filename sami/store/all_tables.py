"""Every table of ours, in an order in which rows may be written."""

import importlib
import pkgutil

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

from sami import store


def declared() -> MetaData:
    """All of sami.store is imported, so that no table can be forgotten here."""
    for module in pkgutil.iter_modules(store.__path__, "sami.store."):
        importlib.import_module(module.name)
    return SQLModel.metadata


def declared_tables() -> list[Table]:
    """What another refers to stands before it."""
    return declared().sorted_tables

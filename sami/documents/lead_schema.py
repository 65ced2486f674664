"""What a lead says of itself, as fields of a schema: from the one list of them, each typed by what it is made of."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, create_model

from sami.domain.leads.fields import Kind, LeadField
from sami.domain.leads.inquiry import SAID

Schema = TypeVar("Schema", bound=BaseModel)
TypeOf = Callable[[LeadField], Any]


def with_lead_fields(
    types: Mapping[Kind, TypeOf], fields: Iterable[LeadField] = SAID, **default: Any
) -> Callable[[type[Schema]], type[Schema]]:
    """Of the kinds that `types` knows, what the schema does not declare itself is added after what it does.

    With a `default` each of them may be left out.
    """

    def add(schema: type[Schema]) -> type[Schema]:
        added: dict[str, Any] = {
            field.name: Annotated[types[field.kind](field), _described(field, **default)]
            for field in fields
            if field.kind in types and field.name not in schema.model_fields
        }
        return create_model(
            schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **added
        )

    return add


def _described(field: LeadField, **default: Any) -> Any:
    return Field(description=field.describes or None, examples=[field.example] if field.example else None, **default)

"""What all resources share: camelCase on the wire, frozen in Python, and their metadata."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A frozen value; unknown fields are dropped, so that an older program reads newer objects."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    def to_json(self) -> dict[str, Any]:
        """The object as the API server takes it: camelCase, without what is unset."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def extra(rules: list[dict[str, Any]] | None = None, **keywords: Any) -> dict[str, Any]:
    """What the CRD says of a field or type besides its limits: CEL rules, a default of the server."""
    return keywords | ({"x-kubernetes-validations": rules} if rules else {})


def list_map(key: str, rules: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A list whose items are told apart by one of their fields."""
    return extra(rules, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]})


def checked(rules: list[dict[str, Any]]) -> ConfigDict:
    """The configuration of a type that has CEL rules."""
    return ConfigDict(json_schema_extra=extra(rules))


class OwnerReference(Model):
    """One entry of metadata.ownerReferences."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class Metadata(Model):
    """The part of ObjectMeta that the engine and the shells look at."""

    name: str
    namespace: str | None = None
    uid: str | None = None
    generation: int | None = None
    resource_version: str | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    owner_references: list[OwnerReference] = Field(default_factory=list)

"""What within a snapshot names rows or the account: both are other ones where it is restored.

In a document, a task is named by its number, and a scenario by its place in the list. So two snapshots of equal
accounts are equal, whatever the rows are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import orjson

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.vendor_api.credentials import ANY_FIELD
from bodydouble.mock_server.vendor_api.file_urls import PREFIX

# What stands for an account and for a task in the URL of a file.
_ACCOUNT = "{account}"
_IN_DOCUMENT = re.compile(rf"{PREFIX}/{{account}}/{{(\d{{1,18}})}}/")
# By field and value of what names the account that a snapshot was taken of: what names the account that is restored.
Names = Mapping[tuple[str, str | int], str | int]
# Stands for what has been removed.
_GONE = 0


@dataclass(frozen=True)
class Outgoing:
    """From rows to a document.

    Args:
        account_id: of the account.
        numbers: of its tasks, by row.
        row_attributes: by vendor and kind, the attribute that is the row of another task.
        places: of its scenarios, by id.
    """

    account_id: str
    numbers: Mapping[int, int]
    row_attributes: Mapping[tuple[str, str], str]
    places: Mapping[int, int] = field(default_factory=dict)

    def attributes(self, vendor: str, kind: str, text: str) -> dict[str, Any]:
        """The attributes of a task, from their stored text."""
        attributes: dict[str, Any] = orjson.loads(self.text(text))
        name = self.row_attributes.get((vendor, kind))
        if name is not None and name in attributes:
            attributes[name] = self.numbers.get(attributes[name], _GONE)
        return attributes

    def text(self, text: str) -> str:
        """A text with the URLs of files as a document has them."""
        if PREFIX not in text:
            return text
        return self._url.sub(self._replaced, text)

    @property
    def _url(self) -> re.Pattern[str]:
        return re.compile(rf"{PREFIX}/{re.escape(self.account_id)}/(\d{{1,18}})/")

    def _replaced(self, url: re.Match[str]) -> str:
        number = self.numbers.get(int(url[1]))
        return url[0] if number is None else f"{PREFIX}/{_ACCOUNT}/{{{number}}}/"

    def runtime(self, text: str) -> dict[str, Any]:
        """The runtime of a task, from its stored text."""
        runtime: dict[str, Any] = orjson.loads(text)
        if "followers" in runtime:
            runtime["followers"] = [[self.numbers.get(row, _GONE), states] for row, states in runtime["followers"]]
        return runtime

    def faults(self, value: Any) -> Any:
        """Faults that struck, which name scenarios."""
        return _with_scenarios(value, lambda scenario: self.places.get(scenario, _GONE))


@dataclass(frozen=True)
class Incoming:
    """From a document to rows.

    Args:
        account_id: of the account that is restored.
        rows: of its tasks, by number.
        row_attributes: as of Outgoing.
        names: by vendor.
        scenarios: ids of its scenarios, by place.
    """

    account_id: str
    rows: Mapping[int, int]
    row_attributes: Mapping[tuple[str, str], str]
    names: Mapping[str, Names]
    scenarios: Mapping[int, int] = field(default_factory=dict)

    def attributes(self, vendor: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a task."""
        attributes = dict(self.content(vendor, value))
        name = self.row_attributes.get((vendor, kind))
        if name is not None and name in attributes:
            attributes[name] = self.rows.get(attributes[name], _GONE)
        return attributes

    def content(self, vendor: str, value: Any) -> Any:
        """A value with this account's names, and the URLs of its files."""
        renamed = _renamed(value, self.names[vendor]) if self.names.get(vendor) else value
        text = orjson.dumps(renamed).decode()
        if f"{PREFIX}/{_ACCOUNT}/" not in text:
            return renamed
        return orjson.loads(_IN_DOCUMENT.sub(self._replaced, text))

    def _replaced(self, url: re.Match[str]) -> str:
        row = self.rows.get(int(url[1]))
        return url[0] if row is None else f"{PREFIX}/{self.account_id}/{row}/"

    def name(self, vendor: str, value: str | None) -> str | None:
        """A text, or this account's name in its place."""
        names = self.names.get(vendor, {})
        return value if value is None else str(names.get((ANY_FIELD, value), value))

    def runtime(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The runtime of a task."""
        if "followers" not in value:
            return dict(value)
        return {**value, "followers": [[self.rows.get(number, _GONE), states] for number, states in value["followers"]]}

    def faults(self, value: Any) -> Any:
        """Faults that struck, which name scenarios."""
        return _with_scenarios(value, lambda scenario: self.scenarios.get(scenario, _GONE))


def _with_scenarios(value: Any, named: Callable[[int], int]) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_scenarios(faults, named) for key, faults in value.items()}
    if not isinstance(value, Sequence):
        return value
    return [{**fault, "scenario": named(fault["scenario"])} if "scenario" in fault else fault for fault in value]


def _renamed(value: Any, names: Names, name: str = ANY_FIELD) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(entry, names, key) for key, entry in value.items()}
    if isinstance(value, list):
        return [_renamed(entry, names, name) for entry in value]
    # In Python, True and 1.0 are 1, too.
    if type(value) not in (str, int):
        return value
    return names.get((name, value), names.get((ANY_FIELD, value), value))

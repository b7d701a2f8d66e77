"""One vendor's behaviour, read from its package and checked against its contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from types import ModuleType
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.contract import Contract
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.contract_names import ContractNames
from bodydouble.mock_server.vendor_api.credentials import Credentials
from bodydouble.mock_server.vendor_api.envelope import EnvelopeRenderer, plain_words
from bodydouble.mock_server.vendor_api.handlers import Handler
from bodydouble.mock_server.vendor_api.name_uses import unknown_uses
from bodydouble.mock_server.vendor_api.package_parts import REQUIRED, read_parts
from bodydouble.mock_server.vendor_api.population import Population
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendor_api.senders import CredentialLookup
from bodydouble.mock_server.vendor_api.settings import NewTask, Objection
from bodydouble.mock_server.vendor_api.toolbox import Toolbox


def _no_credentials(account_id: str, seed: int) -> Credentials:
    raise NotImplementedError("there are no accounts of its own")


def _no_callbacks(event: CallbackEvent) -> Json:
    raise NotImplementedError("it sends no callbacks")


@dataclass(frozen=True)
class Vendor:
    """One vendor's behaviour. The module and name of each part of a package stand in `package_parts.PARTS`.

    Attributes:
        contract: what it keeps to.
        handlers: for every operation of the contract.
        authenticate: who sends the request (None where there are no accounts); raises ApiError. Not called for public
            operations.
        envelope: makes its responses.
        errors: names the error cases that the code uses.
        names: the states, outcomes and operations that the code names.
        new_credentials: credentials of a new account, from its id and seed.
        callback_body: the payload of a callback.
        quotas: totals of a new account.
        settings: what a person would set in the console, for a new account.
        populate: what the vendor's new accounts start with.
        signing_parts: the values that the signature of a callback is made from; None to leave it unsigned.
        settings_changed: what follows from new settings of an account; gets the settings before.
        check_settings: checks the settings that are to be set, by name; raises SettingRejected.
        signature: the `x-signature` of a callback, where an account may have one of its own.
        add_task: makes a task that no operation of the contract makes, for the control plane; raises TaskRejected. None
            where the operations make every kind.
        account_names: what names an account on the wire and may stand in what it has stored: field, or `ANY_FIELD`, and
            value, in the same order for every account.
        row_attributes: by kind of task, the attribute that is the row of another task.
        catalogue_file: what a file of the catalogue is like (see media.render), by its key and name; None if there is
            no such file.
    """

    contract: Contract
    handlers: Mapping[str, Handler[Any]]
    authenticate: Callable[[ReceivedRequest, CredentialLookup], Account | None]
    envelope: EnvelopeRenderer
    errors: type[Enum]
    names: ContractNames = field(default_factory=ContractNames)
    new_credentials: Callable[[str, int], Credentials] = _no_credentials
    callback_body: Callable[[CallbackEvent], Json] = _no_callbacks
    quotas: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    populate: Callable[[Toolbox], Population] = lambda tools: Population()
    signing_parts: Callable[[CallbackEvent], Mapping[str, str] | None] = lambda event: None
    settings_changed: Callable[[Toolbox, Mapping[str, Any]], None] | None = None
    check_settings: Callable[[Mapping[str, Any], Objection], None] = lambda settings, objection_to: None
    signature: Callable[[CallbackEvent], Mapping[str, Any] | None] = lambda event: event.callback.delivery.signature
    add_task: Callable[[Toolbox, NewTask], Task] | None = None
    account_names: Callable[[AccountIdentifiers], Sequence[tuple[str, str | int]]] = lambda identifiers: ()
    row_attributes: Mapping[str, str] = field(default_factory=dict)
    catalogue_file: Callable[[str, str], Mapping[str, Any] | None] = lambda key, name: {}

    @property
    def name(self) -> str:
        """The vendor's name, as of its folder under specs/."""
        return self.contract.vendor

    @classmethod
    def from_package(cls, package: ModuleType, contract: Contract, *, has_accounts: bool = True) -> "Vendor":
        """Read a vendor from its package.

        Args:
            package: has the modules of `package_parts.PARTS`; the handlers are those of all modules of `operations`.
            contract: of the vendor.
            has_accounts: whether accounts have credentials of it, which is so for all but the control plane.

        Raises:
            ValueError: a part of the package is missing or misspelt, or does not fit the contract; see `check`.
        """
        content = read_parts(package, _required_parts(contract, has_accounts))
        parts = dict(content.parts)
        envelope = EnvelopeRenderer(contract, parts.pop("words", plain_words))
        vendor = cls(contract=contract, handlers=content.handlers, envelope=envelope, **parts)
        vendor.check()
        unknown = unknown_uses(content.modules, content.modules["names"], vendor.errors)
        if unknown:
            raise ValueError(f"{vendor.name}: {'; '.join(sorted(unknown))}")
        return vendor

    def check(self) -> None:
        """Check what the code names against the contract.

        Raises:
            ValueError: an operation has no handler, or the code names an operation, an error case, a kind of tasks, a
                state or an outcome that the contract does not have, or a quota that the vendor does not have.
        """
        operations = self.contract.operations.keys()
        problems = [
            *(f"operation {name} has no handler" for name in operations - self.handlers.keys()),
            *(f"handler for an unknown operation {name}" for name in self.handlers.keys() - operations),
            *(f"unknown error case {name}" for name in self.errors.__members__.keys() - self.contract.errors.keys()),
            *(f"unknown {name}" for name in self.names.unknown(self.contract, self.quotas)),
        ]
        if problems:
            raise ValueError(f"{self.name}: {'; '.join(sorted(problems))}")


def _required_parts(contract: Contract, has_accounts: bool) -> frozenset[str]:
    is_signed = any(callback.delivery.signature is not None for callback in contract.callbacks.values())
    conditional = {
        "new_credentials": has_accounts,
        "callback_body": bool(contract.callbacks),
        "signing_parts": is_signed,
    }
    return REQUIRED | {part for part, required in conditional.items() if required}

"""What the pages need of the server that shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bodydouble.contracts.model.contract import Contract
from bodydouble.mock_server.pages.control_calls import ControlCalls
from bodydouble.mock_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Why a browser's request is refused, or None; the flag says whether the request changes something.
BrowserObjection = Callable[["WSGIEnvironment", bool], str | None]


@dataclass(frozen=True, slots=True)
class PageContext:
    """What the pages need of the server that shows them.

    Attributes:
        contracts: of the vendors that are served, by name, and of the control plane.
        control: the control plane: all that the dashboard shows and does goes through it.
        settings: how the server is run.
        objection: what web pages of other sites may not do.
        address: scheme, host, port and path prefix under which the sender of a request reaches the server.
    """

    contracts: Mapping[str, Contract]
    control: ControlCalls
    settings: Settings
    objection: BrowserObjection
    address: Callable[["WSGIEnvironment"], str]

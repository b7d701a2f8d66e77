"""Bodydouble: a mock server for avatar APIs of digital-human clouds, and testers of clients, receivers and endpoints.

What an installation offers for import; everything else is internal and may change:

- `load_contract(vendor)`: one vendor's contract: operations, callbacks, lifecycles, error cases.
- `bodydouble.testing`: the mock server, its accounts and callback receivers, for tests.
- `bodydouble.client`: test a client under hostile responses.
- `bodydouble.receiver`: test a callback receiver; verify the signature of a callback.
- `bodydouble.check`: test an endpoint.
- `bodydouble.pytest_plugin`: the fixtures; pytest finds it by itself where Bodydouble is installed.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bodydouble.contracts.model.loader import load_contract as load_contract

__all__ = ["load_contract"]


if not TYPE_CHECKING:

    def __getattr__(name):
        # The pytest plugin lies in this package, and must cost nothing until it is used.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from bodydouble.contracts.model.loader import load_contract

        return load_contract

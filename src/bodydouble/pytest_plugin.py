"""The pytest plugin, under the name by which it is loaded: `-p bodydouble.pytest_plugin`.

Where Bodydouble is installed, pytest finds it by itself. Importing it imports nothing but pytest.
"""

from bodydouble.mock_server.testing.pytest_plugin import (
    bodydouble,
    bodydouble_account,
    bodydouble_check_receiver,
    bodydouble_prepared,
    bodydouble_receiver,
    bodydouble_serve,
    bodydouble_server,
    pytest_addoption,
    pytest_configure,
)

__all__ = [
    "bodydouble",
    "bodydouble_account",
    "bodydouble_check_receiver",
    "bodydouble_prepared",
    "bodydouble_receiver",
    "bodydouble_serve",
    "bodydouble_server",
    "pytest_addoption",
    "pytest_configure",
]

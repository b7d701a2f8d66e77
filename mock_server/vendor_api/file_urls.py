"""URLs of result files and uploads.

A URL cannot be guessed: it carries a code that follows from the account's seed. The routes
are in web.file_routes and web.upload_routes.
"""

import functools

from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.store.uploads import Upload

PREFIX = "/_files"
UPLOAD_PREFIX = f"{PREFIX}/uploads"
PUT = "put"
# In the description of a task's file: it can be downloaded from the creation on, whatever becomes of the task.
AT_ONCE = "at_once"
# The media type of unknown bytes.
ANY_TYPE = "application/octet-stream"


def file_code(account: Account, task: Task, name: str, expires: str = "") -> str:
    """The part of a file's URL that cannot be guessed."""
    return _file_code(account.identifiers, task.vendor, task.number, name, expires)


# Clients that poll ask for the same few files again and again. The code follows from these values alone.
@functools.lru_cache(maxsize=1024)
def _file_code(identifiers: AccountIdentifiers, vendor: str, number: int, name: str, expires: str) -> str:
    return identifiers.hexadecimal(32, "file", vendor, number, name, expires)


def task_file_url(account: Account, task: Task, name: str, base_url: str) -> str:
    """The URL of one of a task's files, which lives as long as the files do.

    Args:
        name: a key of the task's files; its extension says which type it has.
        base_url: how the reader reaches this server.
    """
    return f"{base_url}{PREFIX}/{account.id}/{task.id}/{file_code(account, task, name)}/{name}"


def expiring_file_url(account: Account, task: Task, name: str, base_url: str, expires_at: int) -> str:
    """The URL of one of a task's files, for vendors that issue a new URL for every response.

    Args:
        name: a key of the task's files.
        base_url: how the reader reaches this server.
        expires_at: epoch milliseconds on the account's clock.
    """
    code = file_code(account, task, name, str(expires_at))
    return f"{base_url}{PREFIX}/{account.id}/{task.id}/{code}/{name}?expires={expires_at}"


def catalogue_file_url(base_url: str, vendor: str, key: str | int, name: str) -> str:
    """The URL of a file that belongs to a catalogue: public, and never expiring."""
    return f"{base_url}{PREFIX}/catalogue/{vendor}/{key}/{name}"


def upload_code(account: Account, upload: Upload, purpose: str) -> str:
    """The part of an upload's URL that cannot be guessed.

    Args:
        purpose: PUT, or until when the bytes can be read.
    """
    return account.identifiers.hexadecimal(32, "upload", upload.id, upload.key, purpose)


def upload_url(account: Account, upload: Upload, base_url: str) -> str:
    """The URL at which one `PUT` stores the bytes."""
    return f"{base_url}{UPLOAD_PREFIX}/{account.id}/{upload.id}/{upload_code(account, upload, PUT)}"


def uploaded_file_url(account: Account, upload: Upload, base_url: str, expires_at: int) -> str:
    """The URL at which the bytes can be read back.

    Args:
        expires_at: epoch milliseconds on the account's clock.
    """
    code = upload_code(account, upload, str(expires_at))
    return f"{base_url}{UPLOAD_PREFIX}/{account.id}/{upload.id}/{code}?expires={expires_at}"

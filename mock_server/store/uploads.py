"""Uploads: the files that a client may upload, and their bytes."""

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.tables import uploads


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that a client may upload.

    Attributes:
        id: the row's.
        key: unique in account and vendor.
        expires_at: until when the file may be uploaded, epoch milliseconds on the account's clock.
        md5: Base64 of the MD5 that the bytes must have; None for any.
        size: how many bytes they must be; None for any.
        content_type: the media type that they must be sent with; None for any.
        stored_size: how many bytes are there; None before they are.
        stored_at: when they were stored, epoch milliseconds on the account's clock; None before.
    """

    id: int
    account_id: str
    key: str
    expires_at: int
    md5: str | None
    size: int | None
    content_type: str | None
    stored_size: int | None
    stored_at: int | None


_COLUMNS = (
    uploads.c.id,
    uploads.c.account_id,
    uploads.c.key,
    uploads.c.expires_at,
    uploads.c.md5,
    uploads.c.size,
    uploads.c.content_type,
    uploads.c.stored_size,
    uploads.c.stored_at,
)
_BY_ID = select(*_COLUMNS).where(uploads.c.id == bindparam("id"))
_BY_KEY = select(*_COLUMNS).where(
    uploads.c.account_id == bindparam("account"),
    uploads.c.vendor == bindparam("vendor"),
    uploads.c.key == bindparam("key"),
)


def expect(
    connection: Connection,
    account_id: str,
    vendor: str,
    key: str,
    *,
    expires_at: int,
    md5: str | None = None,
    size: int | None = None,
    content_type: str | None = None,
) -> Upload:
    """Record a file that is going to be uploaded; the arguments are the attributes of Upload."""
    values = {
        "account_id": account_id,
        "vendor": vendor,
        "key": key,
        "expires_at": expires_at,
        "md5": md5,
        "size": size,
        "content_type": content_type,
    }
    upload_id = connection.execute(insert(uploads).values(values).returning(uploads.c.id)).scalar_one()
    return Upload(upload_id, account_id, key, expires_at, md5, size, content_type, None, None)


def by_id(connection: Connection, upload_id: int) -> Upload | None:
    """The upload of a row."""
    row = connection.execute(_BY_ID, {"id": upload_id}).first()
    return None if row is None else Upload(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])


def get(connection: Connection, account_id: str, vendor: str, key: str) -> Upload | None:
    """The upload of a key in an account."""
    row = connection.execute(_BY_KEY, {"account": account_id, "vendor": vendor, "key": key}).first()
    return None if row is None else Upload(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])


def put(connection: Connection, upload_id: int, content: bytes, content_type: str | None, stored_at: int) -> None:
    """Store the bytes, and replace earlier ones.

    Args:
        stored_at: epoch milliseconds on the account's clock.
    """
    connection.execute(
        update(uploads)
        .where(uploads.c.id == upload_id)
        .values(content=content, stored_size=len(content), content_type=content_type, stored_at=stored_at)
    )


def content(connection: Connection, upload_id: int) -> bytes | None:
    """The bytes, or None before the upload."""
    stored: bytes | None = connection.execute(select(uploads.c.content).where(uploads.c.id == upload_id)).scalar()
    return stored


def remove(connection: Connection, upload_id: int) -> None:
    """Forget an upload."""
    connection.execute(delete(uploads).where(uploads.c.id == upload_id))


def forget_oldest(connection: Connection, keep: int) -> int:
    """Drop the oldest uploads beyond a total of bytes; how many were dropped."""
    bytes_so_far = func.sum(func.coalesce(uploads.c.stored_size, 0)).over(order_by=uploads.c.id.desc())
    running = select(uploads.c.id, bytes_so_far.label("bytes")).subquery()
    return connection.execute(
        delete(uploads).where(uploads.c.id.in_(select(running.c.id).where(running.c.bytes > keep)))
    ).rowcount

"""Uploads of files: the URLs at which a client stores bytes and reads them back.

In the clouds these URLs lead to an object storage, outside the vendor's own API. They need no credentials: they carry a
code that follows from the account's seed, one for storing bytes and one for each time until which they can be read.
"""

import base64
import hashlib
import hmac

from flask import Flask, Response, request

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.store import accounts, uploads
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.uploads import Upload
from bodydouble.mock_server.vendor_api.file_urls import ANY_TYPE, PUT, UPLOAD_PREFIX, upload_code
from bodydouble.mock_server.web.conditional_files import StoredFile, download
from bodydouble.mock_server.web.request_body import BodyTooLarge, IncompleteBody, request_body
from bodydouble.mock_server.web.stored_files import row_id, text_response


def add_upload_routes(app: Flask, services: Services) -> None:
    """Store the bytes of uploads, and return them."""

    def find(account_id: str, upload_id: str, code: str, purpose: str) -> tuple[Account, Upload] | None:
        connection = services.state.main.read()
        account = accounts.get(connection, account_id)
        row = row_id(upload_id)
        upload = uploads.by_id(connection, row) if row is not None else None
        if account is None or upload is None or upload.account_id != account_id:
            return None
        fits = hmac.compare_digest(code.encode(), upload_code(account, upload, purpose).encode())
        return (account, upload) if fits else None

    def put(account_id: str, upload_id: str, code: str) -> Response:
        # Read first, because an unread body costs the client its connection.
        try:
            content = request_body(request.environ, services.settings.max_upload_bytes)
        except BodyTooLarge as error:
            return text_response(413, str(error), {"Connection": "close"})
        except IncompleteBody as error:
            return text_response(400, str(error))
        matched = find(account_id, upload_id, code, PUT)
        if matched is None:
            return text_response(404, "there is no such upload")
        account, upload = matched
        now = account.clock.now(wall_ms())
        if now >= upload.expires_at:
            return text_response(403, "the upload URL has expired")
        objection = _objection(upload, content)
        if objection is not None:
            return text_response(400, objection)
        with services.state.main.write() as connection:
            uploads.put(connection, upload.id, content, request.headers.get("Content-Type"), now)
        return Response(status=200, headers={"ETag": StoredFile(content, ANY_TYPE, now).etag})

    def get(account_id: str, upload_id: str, code: str) -> Response:
        expires = request.args.get("expires", "")
        matched = find(account_id, upload_id, code, expires) if expires else None
        if matched is None:
            return text_response(404, "there is no such file")
        account, upload = matched
        if account.clock.now(wall_ms()) >= int(expires):
            return text_response(410, "the URL has expired")
        content = uploads.content(services.state.main.read(), upload.id)
        if content is None:
            return text_response(404, "nothing was uploaded")
        file = StoredFile(content, upload.content_type or ANY_TYPE, upload.stored_at or 0)
        return download(file, request.method, request.headers)

    rule = f"{UPLOAD_PREFIX}/<account_id>/<upload_id>/<code>"
    app.add_url_rule(rule, "put upload", put, methods=["PUT"], provide_automatic_options=False)
    app.add_url_rule(rule, "get upload", get, methods=["GET"], provide_automatic_options=False)


def _objection(upload: Upload, content: bytes) -> str | None:
    media_type = request.headers.get("Content-Type")
    if upload.content_type is not None and media_type != upload.content_type:
        return f"header Content-Type: got {media_type}, expected {upload.content_type}"
    if upload.size is not None and len(content) != upload.size:
        return f"body: got {len(content)} bytes, expected {upload.size}"
    if upload.md5 is not None:
        if request.headers.get("Content-MD5") != upload.md5:
            return f"header Content-MD5: got {request.headers.get('Content-MD5')}, expected {upload.md5}"
        md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        if md5 != upload.md5:
            return f"body: its MD5 is {md5}, expected {upload.md5}"
    return None

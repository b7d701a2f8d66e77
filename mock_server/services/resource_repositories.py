"""The repositories of a toolbox for what has no lifecycle: resources and uploads, within one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bodydouble.contracts.model.paging import RequestedPage
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.store import resources, uploads
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.uploads import Upload


class Resources:
    """The account's resources without a lifecycle; see vendor_api.toolbox.ResourceRepository."""

    __slots__ = ("_context",)

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def get(self, kind: str, key: str) -> Resource | None:
        """The resource of an identifier on the wire."""
        context = self._context
        return resources.get(context.connection, context.account.id, context.vendor, kind, key)

    def all(self, kind: str, category: str = "") -> list[Resource]:
        """All resources of a kind and category, newest first."""
        context = self._context
        return resources.every(context.connection, context.account.id, context.vendor, kind, category)

    def page(self, kind: str, page: RequestedPage, category: str = "") -> tuple[int, list[Resource]]:
        """How many resources of a kind and category there are, and those of a page, newest first."""
        context = self._context
        scope = (context.connection, context.account.id, context.vendor, kind, category)
        return resources.page(*scope, offset=page.offset, limit=page.size)

    def search(self, kind: str, field: str, part: str, category: str = "") -> list[Resource]:
        """The resources of a kind and category whose text may have a part."""
        searched = SearchText(field, part, by_part=True)
        return resources.by_text(self._context.connection, self._scope(kind), category, searched)

    def _scope(self, kind: str) -> Scope:
        return Scope(self._context.account.id, self._context.vendor, kind)

    def add(
        self,
        kind: str,
        key: str,
        content: Mapping[str, Any],
        category: str = "",
        texts: Sequence[SearchText] = (),
    ) -> Resource:
        """Record a new resource."""
        context = self._context
        return resources.add(
            context.connection,
            context.account.id,
            context.vendor,
            kind,
            key,
            created_at=context.now,
            content=content,
            category=category,
            texts=texts,
        )

    def update(
        self,
        kind: str,
        resource: Resource,
        content: Mapping[str, Any],
        category: str = "",
        texts: Sequence[SearchText] = (),
    ) -> Resource:
        """Replace a resource's content, and its category."""
        resources.change(self._context.connection, resource.id, self._context.now, content, category)
        resources.add_texts(self._context.connection, self._scope(kind), resource.id, texts)
        return replace(resource, updated_at=self._context.now, content=content)

    def remove(self, resource: Resource) -> None:
        """Forget a resource."""
        resources.remove(self._context.connection, resource.id)


class Uploads:
    """The account's uploads; see vendor_api.toolbox.UploadRepository."""

    __slots__ = ("_context",)

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def get(self, key: str) -> Upload | None:
        """The upload of a key."""
        context = self._context
        return uploads.get(context.connection, context.account.id, context.vendor, key)

    def declare(
        self,
        key: str,
        *,
        expires_at: int,
        md5: str | None = None,
        size: int | None = None,
        content_type: str | None = None,
    ) -> Upload:
        """Record a file that is going to be uploaded."""
        context = self._context
        return uploads.expect(
            context.connection,
            context.account.id,
            context.vendor,
            key,
            expires_at=expires_at,
            md5=md5,
            size=size,
            content_type=content_type,
        )

    def store(self, upload: Upload, content: bytes) -> None:
        """Store the bytes."""
        uploads.put(self._context.connection, upload.id, content, None, self._context.now)

    def remove(self, key: str) -> None:
        """Forget the upload of a key, if there is one."""
        upload = self.get(key)
        if upload is not None:
            uploads.remove(self._context.connection, upload.id)

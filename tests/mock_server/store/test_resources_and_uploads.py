"""Resources and uploads: stored for each account on its own, and bounded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.store import resources, uploads
from bodydouble.mock_server.store.resources import NewResource
from tests.support.in_process import InProcessServer

VENDOR = "huawei-metastudio"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, max_resources_per_account=3, max_stored_upload_bytes=100)
    yield server
    server.close()


def keys(running: InProcessServer, account_id: str) -> list[str]:
    notes = resources.every(running.services.state.main.read(), account_id, VENDOR, "note")
    return [resource.key for resource in notes]


def save(running: InProcessServer, account_id: str, *names: str) -> None:
    with running.services.state.main.write() as connection:
        for name in names:
            resources.add(connection, account_id, VENDOR, "note", name, created_at=0, content={})


def put(running: InProcessServer, account_id: str, key: str, size: int | None) -> int:
    with running.services.state.main.write() as connection:
        upload = uploads.expect(connection, account_id, VENDOR, key, expires_at=0)
        if size is not None:
            uploads.put(connection, upload.id, bytes(size), "text/plain", 1)
    return upload.id


def test_the_oldest_resources_of_an_account_are_dropped(running: InProcessServer) -> None:
    account, other_account = (running.services.accounts.create().id for _ in range(2))
    save(running, account, "a", "b", "c", "d")
    save(running, other_account, "a")
    running.services.retention.apply()
    assert keys(running, account) == ["d", "c", "b"]
    assert keys(running, other_account) == ["a"]


def test_a_resource_is_changed_and_removed(running: InProcessServer) -> None:
    account_id = running.services.accounts.create().id
    save(running, account_id, "a")
    connection = running.services.state.main.read()
    saved = resources.get(connection, account_id, VENDOR, "note", "a")
    assert saved is not None
    with running.services.state.main.write() as writing:
        resources.change(writing, saved.id, 7, {"text": "new"})
    changed = resources.get(connection, account_id, VENDOR, "note", "a")
    assert changed is not None
    assert (changed.created_at, changed.updated_at, changed.content) == (0, 7, {"text": "new"})
    with running.services.state.main.write() as writing:
        resources.remove(writing, saved.id)
    assert resources.get(connection, account_id, VENDOR, "note", "a") is None


def test_the_oldest_uploads_beyond_a_number_of_bytes_are_dropped(running: InProcessServer) -> None:
    account_id = running.services.accounts.create().id
    numbers = [put(running, account_id, f"upload-{index}", size) for index, size in enumerate((50, 60, None, 40))]
    running.services.retention.apply()
    connection = running.services.state.main.read()
    assert [uploads.by_id(connection, number) is not None for number in numbers] == [False, True, True, True]
    assert uploads.content(connection, numbers[1]) == bytes(60)
    assert uploads.content(connection, numbers[2]) is None


def test_resources_and_uploads_are_deleted_with_their_account(running: InProcessServer) -> None:
    account_id = running.services.accounts.create().id
    save(running, account_id, "a")
    number = put(running, account_id, "upload", 1)
    assert running.services.accounts.delete(account_id)
    assert keys(running, account_id) == []
    assert uploads.by_id(running.services.state.main.read(), number) is None


def test_pages_of_a_category_are_those_of_all_of_it(tmp_path: Path) -> None:
    server, category = InProcessServer(tmp_path), "wide"
    account_id = server.services.accounts.create().id
    with server.services.state.main.write() as connection:
        new = [
            NewResource(VENDOR, "note", category if number % 3 else "tall", str(number), "{}") for number in range(5000)
        ]
        resources.add_many(connection, account_id, new, created_at=0)
        for number in range(0, 5000, 7):
            resource = resources.get(connection, account_id, VENDOR, "note", str(number))
            assert resource is not None
            if number % 2:
                resources.remove(connection, resource.id)
            else:
                resources.change(connection, resource.id, 1, {}, "tall")
        for name in (category, "tall", "none"):
            every = resources.every(connection, account_id, VENDOR, "note", name)
            for offset in (0, 3, 1500, 2600, 9000):
                total, page = resources.page(connection, account_id, VENDOR, "note", name, offset=offset, limit=7)
                assert (total, page) == (len(every), every[offset : offset + 7])
    server.close()

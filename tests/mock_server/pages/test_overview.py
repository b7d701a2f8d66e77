"""The first page: what is served, what came last, and how much is going on."""

import re

from bodydouble.mock_server.pages.drawing.chart import HEIGHT, WIDTH, Sample, chart
from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

LIST = "/openapi/video/v2/pageList"


def test_the_overview_says_what_is_served(reader: PageReader) -> None:
    page = reader.get("/_mock/").text
    assert "<dd>95</dd>" in page
    assert "60 times real" in page
    assert "a file of SQLite" in page
    assert "huawei-metastudio" in page


def test_requests_that_broke_the_contract_come_first(reader: PageReader, server: InProcessServer) -> None:
    guiji = Guiji(Account(server))
    guiji.send("POST", LIST, {"page": 0, "size": 10})
    guiji.page(LIST)
    page = reader.get("/_mock/").text
    rows = re.findall(r'data-label="Contract">(?:<span class="badge bad">|<span class="soft">)(\w+)', page)
    assert rows[:2] == ["broken", "kept"]


def test_the_first_page_shows_the_newest_of_all_accounts(reader: PageReader, server: InProcessServer) -> None:
    for name in ("one-account", "other-account"):
        Guiji(Account(server, id=name)).page(LIST)
    page = reader.get("/_mock/").text
    assert "/accounts/one-account/journal/" in page
    assert "/accounts/other-account/journal/" in page


def test_an_open_overview_sees_what_comes(reader: PageReader, server: InProcessServer) -> None:
    reader.get("/_mock/")
    Guiji(Account(server)).page(LIST)
    assert "listVideos" in reader.get("/_mock/dashboard/live").text


def test_the_whole_journal_is_read_by_the_control_plane(server: InProcessServer) -> None:
    Guiji(Account(server)).page(LIST)
    server.http.get("/nowhere")
    entries = server.http.get("/_mock/journal", query={"limit": 50}).json["entries"]
    assert {entry["account_id"] is None for entry in entries} == {True, False}
    listed = server.http.get("/_mock/journal", query={"operation": "listVideos"}).json["entries"]
    assert [entry["operation"] for entry in listed] == ["listVideos"]


def test_what_is_served_is_counted(server: InProcessServer) -> None:
    before = server.http.get("/_mock/health").json
    Guiji(Account(server)).page(LIST)
    after = server.http.get("/_mock/health").json
    # The token, and the list.
    assert after["requests"] - before["requests"] == 2
    assert after["attempts"] == before["attempts"]


def test_a_rate_is_drawn_between_two_samples() -> None:
    drawing = chart([Sample(0, (0, 0)), Sample(2, (200, 10)), Sample(4, (200, 30))], 4)
    assert (drawing.latest, drawing.top) == ([0.0, 10.0], 100)
    points = [tuple(map(float, point.split(","))) for point in drawing.lines[0].split()]
    assert len(points) == 2
    assert points[0][1] < points[1][1] == HEIGHT - 20
    assert points[1][0] == WIDTH - 8


def test_what_was_more_than_a_minute_ago_is_left_out() -> None:
    drawing = chart([Sample(0, (0,)), Sample(1, (1,)), Sample(100, (2,))], 100)
    assert len(drawing.lines[0].split()) == 1


def test_a_chart_of_one_sample_is_empty() -> None:
    drawing = chart([Sample(5, (7, 8))], 5)
    assert (list(drawing.lines), drawing.latest) == (["", ""], [0.0, 0.0])


def test_totals_that_fall_are_no_negative_rate() -> None:
    assert chart([Sample(0, (9,)), Sample(1, (0,))], 1).latest == [0]

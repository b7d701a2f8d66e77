"""How a team tests its client against everything that a contract allows: the decorator `client_contract`."""

from careful_client import Guiji, GuijiError

from bodydouble.client import client_contract


@client_contract("guiji", "getVideo", allowed=(GuijiError,))
def test_a_video_is_read_whatever_the_answer(base_url: str) -> None:
    video = Guiji(base_url, "app-id", "secret").video(-291)

    assert video.seconds >= 0
    assert video.state in {"editing", "queued", "processing", "ready", "failed", "cancelled", "unknown"}

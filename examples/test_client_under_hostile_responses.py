"""How a team tests its client against every response that a contract allows: the decorator `client_contract`."""

from careful_client import Guiji, GuijiError

from bodydouble.client import client_contract


@client_contract("guiji", "getVideo", allowed=(GuijiError,))
def test_the_client_reads_every_video_that_the_contract_allows(base_url: str) -> None:
    video = Guiji(base_url, "app-id", "secret").video(-291)

    assert video.seconds >= 0
    assert video.state in {"editing", "queued", "processing", "ready", "failed", "cancelled", "unknown"}


@client_contract("guiji", "createVideo", allowed=(GuijiError,), fault_errors=())
def test_the_client_creates_a_video_once_also_where_the_network_breaks(base_url: str) -> None:
    assert isinstance(Guiji(base_url, "app-id", "secret").create_video("Hello"), int)

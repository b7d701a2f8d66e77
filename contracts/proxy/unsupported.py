"""What cannot be carried by a server that reads all traffic, and says so: tunnels and WebSockets."""

import logging
from typing import TYPE_CHECKING

from bodydouble.contracts.core.printable import printable
from bodydouble.contracts.proxy.http_server import ReceivedHead, json_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

logger = logging.getLogger(__name__)

# In the reason of the status, which is all that most clients show.
NO_TUNNELS = "501 Bodydouble opens no tunnels (CONNECT), use its address as http base URL"
NO_WEBSOCKETS = "501 Bodydouble carries no WebSockets"
_TUNNEL = (
    "CONNECT {target} is refused: what is encrypted for somebody else cannot be read. Use Bodydouble's own address as "
    "the base URL of the client (http://...), in place of the endpoint's."
)
_WEBSOCKET = "a WebSocket is refused: only requests and responses are carried, and no contract has one."


def rejection(head: ReceivedHead, start_response: "StartResponse") -> list[bytes] | None:
    """The response to a request that cannot be forwarded; None if it can."""
    if head.method == "CONNECT":
        return _rejected(start_response, NO_TUNNELS, "connectRefused", _TUNNEL.format(target=head.target))
    if "websocket" in head.by_name.get("upgrade", "").lower():
        return _rejected(start_response, NO_WEBSOCKETS, "webSocketRefused", _WEBSOCKET)
    return None


def _rejected(start_response: "StartResponse", status: str, error: str, message: str) -> list[bytes]:
    logger.warning("%s", printable(message))
    return json_response(start_response, status, {"error": error, "message": message})

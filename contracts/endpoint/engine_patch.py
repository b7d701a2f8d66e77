"""Makes the test engine send through the gate: whatever it sends, its own probes of the server included."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests
import schemathesis.engine.context
import schemathesis.engine.outage
from schemathesis import Response
from schemathesis.config import ProjectConfig
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from bodydouble.contracts.endpoint.checks import AnyCase
from bodydouble.contracts.endpoint.transport import Traffic


@contextmanager
def gated(traffic: Traffic) -> Iterator[None]:
    """For a while, let nothing of the engine's out but through the gate.

    The engine lets nobody choose its transport, and its hooks do not see its sessions.
    """
    engine, outage = schemathesis.engine.context, schemathesis.engine.outage
    send_case, make_session = REQUESTS_TRANSPORT.send, engine.make_session

    def send(case: AnyCase, *, session: requests.Session | None = None, **options: Any) -> Response:
        session = session or requests.Session()
        traffic.guard(session, case.operation.definition.raw["operationId"])
        return send_case(case, session=session, **options)

    def guarded_session(config: ProjectConfig, **options: Any) -> requests.Session:
        # What the engine sends by itself, to find out what the server can take, is to no operation.
        session = make_session(config, **options)
        traffic.guard(session)
        return session

    def answers(address: object, *, https: bool) -> bool:
        return traffic.answers()

    with (
        patch.object(REQUESTS_TRANSPORT, "send", send),
        patch.object(engine, "make_session", guarded_session),
        patch.object(outage, "answers_after_reset", answers),
    ):
        yield

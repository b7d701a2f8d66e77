"""Going through the answers of an operation, and noting how a client breaks on them."""

import json
import linecache
import random
import sysconfig
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import hypothesis
from hypothesis.errors import HypothesisException, Unsatisfiable

from bodydouble.contracts.client.report import Failure
from bodydouble.contracts.client.response_generation import SUCCESS, Kind
from bodydouble.contracts.client.stub_server import Stub
from bodydouble.contracts.core.json_mutations import nodes, replaced, single_changes
from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.json_shrinker import shrink
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.redaction.fields import FieldRedactor

# Error cases differ in code and words only.
ERROR_EXAMPLES = 3
# Values that are remembered of one place, to be tried in another answer.
MOST_SEEN = 10
# Where libraries live; the code of a client is elsewhere.
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
Place = tuple[type[BaseException], str, int]


class EndlessRequestsError(Exception):
    """The client did not stop sending requests on one answer."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client is tested.

    Attributes:
        allowed: exceptions that the client may raise: its own, for a failed call.
        examples: generated answers that succeed; of every other kind there are a few.
        changes: answers that differ in a single place from one that the client has stood, at most.
        seed: the same seed makes the same answers.
        forward: base URL of the server, usually the double, that answers the client's other calls; None to answer them
            with the contract's examples.
        most_requests: requests on one answer, after which a client is taken to ask for ever.
    """

    allowed: tuple[type[Exception], ...] = ()
    examples: int = 50
    changes: int = 250
    seed: int = 1
    forward: str | None = None
    most_requests: int = 100


class _Trial:
    """What has been tried of one kind of answer."""

    def __init__(self) -> None:
        self._richest: WireResponse | None = None
        self._seen: dict[Path, dict[str, Any]] = {}

    def note(self, answer: WireResponse, *, stood: bool) -> None:
        """Take in an answer, and whether the client stood it."""
        if not answer.body:
            return
        if stood and (self._richest is None or len(answer.body) > len(self._richest.body)):
            self._richest = answer
        for path, value in nodes(parse(answer.body)):
            if not isinstance(value, dict | list) and len(self._seen.setdefault(path, {})) < MOST_SEEN:
                self._seen[path][json.dumps(value)] = value

    def changed(self, kind: Kind, seed: int, most: int) -> list[WireResponse]:
        """The richest answer that the client stood, changed in single places.

        What breaks a client early hides what would break it later; in these, only the change can break it.
        """
        if self._richest is None:
            return []
        seen = {path: list(values.values()) for path, values in self._seen.items()}
        document = parse(self._richest.body)
        changes = list(single_changes(document, seen))
        random.Random(seed).shuffle(changes)
        answers: dict[bytes, WireResponse] = {}
        for path, put in changes:
            if len(answers) >= most:
                break
            answer = kind.with_body(replaced(document, path, put), kind.headers)
            if answer is not None and answer.body != self._richest.body:
                answers[answer.body] = answer
        return list(answers.values())


class Explorer:
    """Goes through kinds of answers, and keeps each way of breaking with the smallest answer that leads to it."""

    def __init__(self, contract: Contract, stub: Stub, call: Callable[[str], object], options: ClientOptions) -> None:
        self._stub = stub
        self._call = call
        self._options = options
        self._redactor = FieldRedactor(contract.sensitive)
        self.answers: Counter[str] = Counter()
        self.called = False
        self.failures: dict[Place, Failure] = {}

    def explore(self, kind: Kind) -> None:
        """Try answers of a kind: generated ones, then one that the client has stood, changed in single places."""
        found: dict[Place, Failure] = {}
        trial = _Trial()

        def give(answer: WireResponse) -> bool:
            self.answers[kind.name] += 1
            broken = self._broken(kind, answer)
            # Raises nothing, so that Hypothesis goes on: one way of breaking must not hide the next.
            if broken is not None and broken[0] not in self.failures:
                found.setdefault(*broken)
            return broken is None

        def give_and_note(answer: WireResponse) -> None:
            stood = give(answer)
            if kind.name == SUCCESS:
                trial.note(answer, stood=stood)

        with suppress(Unsatisfiable):
            self._generate(kind, give_and_note)
        if kind.name == SUCCESS:
            for answer in trial.changed(kind, self._options.seed, self._options.changes):
                give(answer)
        for place, failure in found.items():
            self.failures[place] = self._smallest(kind, place, failure)

    def _generate(self, kind: Kind, give: Callable[[WireResponse], None]) -> None:
        @hypothesis.seed(self._options.seed)
        @hypothesis.settings(
            max_examples=self._options.examples if kind.name == SUCCESS else ERROR_EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            # They judge how well a strategy draws, which is the specification's doing, not of whoever tests a client.
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(kind.answers)
        def generated(answer: WireResponse) -> None:
            give(answer)

        generated()

    def _smallest(self, kind: Kind, place: Place, failure: Failure) -> Failure:
        if not failure.answer.body:
            return failure
        smallest = failure
        headers = kind.headers

        def breaks_there(content: Any) -> bool:
            nonlocal smallest
            answer = kind.with_body(content, headers)
            broken = None if answer is None else self._broken(kind, answer)
            if broken is None or broken[0] != place:
                return False
            smallest = broken[1]
            return True

        document = parse(failure.answer.body)
        if not breaks_there(document):
            # It is the headers that break it.
            headers = failure.answer.headers
        shrink(document, breaks_there)
        return smallest

    def _broken(self, kind: Kind, answer: WireResponse) -> tuple[Place, Failure] | None:
        self._stub.begin(answer)
        try:
            with suppress(*self._options.allowed):
                self._call(self._stub.base_url)
            if self._stub.exhausted:
                raise EndlessRequestsError(f"more than {self._options.most_requests} requests on one answer")
        except HypothesisException:
            raise
        except Exception as error:
            return _place(error), self._failure(kind, answer, error)
        finally:
            self.called = self.called or self._stub.asked is not None
            if self._stub.fault is not None:
                raise self._stub.fault
        return None

    def _failure(self, kind: Kind, answer: WireResponse, error: Exception) -> Failure:
        asked = self._stub.asked
        message = self._redactor.query(self._redactor.text(f"{type(error).__name__}: {error}"))
        request = described_request(asked, self._redactor) if asked else ""
        return Failure(message, _described(error), kind.name, request, answer)


def _place(error: Exception) -> Place:
    frames = traceback.extract_tb(error.__traceback__)
    return type(error), frames[-1].filename, frames[-1].lineno or 0


def _described(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((*_LIBRARIES, str(FilePath(__file__).parent)))]
    frame = (own or frames)[-1]
    path = FilePath(frame.filename)
    name = path.relative_to(FilePath.cwd()) if path.is_relative_to(FilePath.cwd()) else path
    return f"{name}:{frame.lineno}, in {frame.name}: {linecache.getline(frame.filename, frame.lineno or 0).strip()}"


def described_request(request: WireRequest, redactor: FieldRedactor) -> str:
    """Method and URL of a request, without secrets."""
    query = redactor.query(request.query)
    return f"{request.method} {request.path}" + (f"?{query}" if query else "")

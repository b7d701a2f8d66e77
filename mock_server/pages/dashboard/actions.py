"""What all forms of the dashboard have in common: a refused one shows its page again, and says why."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.forms import FieldError

P = ParamSpec("P")
R = TypeVar("R")
Shown = Mapping[str, Any]


def page_or_problem(show: Callable[..., str]) -> Callable[[Callable[P, R]], Callable[P, R | AnyResponse]]:
    """Let a form that cannot be used, or that the control plane refuses, show a page with the reason.

    Args:
        show: renders the page; takes the values of the form's path that it knows, and `problem`.
    """
    known = show.__code__.co_varnames[: show.__code__.co_argcount]

    def decorate(act: Callable[P, R]) -> Callable[P, R | AnyResponse]:
        @functools.wraps(act)
        def view(*args: P.args, **values: P.kwargs) -> R | AnyResponse:
            try:
                return act(*args, **values)
            except FieldError as error:
                return _shown(422, str(error), values)
            except ControlError as error:
                # Where there is nothing to show the page of, the error has its own.
                if error.status == 404:
                    raise
                return _shown(error.status, error.message, values)

        def _shown(status: int, problem: str, values: Mapping[str, Any]) -> AnyResponse:
            chosen = {name: value for name, value in values.items() if name in known}
            # Browsers log a failed request of a script as an error of the page.
            return make_response(show(**chosen, problem=problem), 200 if "HX-Request" in request.headers else status)

        return view

    return decorate

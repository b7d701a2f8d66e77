"""What the parts of the dashboard have in common: forms that are refused, and pages that stay open."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.forms import FieldError
from bodydouble.mock_server.pages.live import ended_response, live_response

P = ParamSpec("P")
R = TypeVar("R")
Shown = Mapping[str, Any]


def rendered(shown: Shown, /, **templates: str) -> dict[str, str]:
    """The fragments of an open page.

    Args:
        shown: what the templates show.
        templates: names under `dashboard/`, by the id of the element whose content each is.
    """
    return {element: render_template(f"dashboard/{name}.html", **shown) for element, name in templates.items()}


def live_or_ended(read: Callable[[], Shown], /, **templates: str) -> Response:
    """The fragments of an open page, or its end where the control plane has nothing to show any more.

    Args:
        read: asks the control plane.
        templates: as of `rendered`.
    """
    try:
        return live_response(rendered(read(), **templates))
    except ControlError as error:
        return ended_response(error.message)


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

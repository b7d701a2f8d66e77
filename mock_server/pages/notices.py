"""What a page says of a form that was just sent: kept in a signed cookie until the next page is shown."""

from flask import Flask, Response, g, redirect, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.sessions import Sessions

_MAX_LENGTH = 500


def done(message: str, target: str) -> AnyResponse:
    """Lead to a page after a form has been processed, and say there what was done.

    Args:
        target: URL of the page.
    """
    g.next_notice = message[:_MAX_LENGTH]
    return redirect(target, 303)


def add_notices(app: Flask, sessions: Sessions) -> None:
    """Let the layout show the notice of the request before, once."""
    serializer = URLSafeSerializer(sessions.key, salt="notice")
    name = f"{sessions.cookie_name}_notice"

    @app.context_processor
    def take() -> dict[str, object]:
        return {"take_notice": take_notice}

    def take_notice() -> str | None:
        cookie = request.cookies.get(name)
        if cookie is None:
            return None
        g.notice_taken = True
        try:
            return str(serializer.loads(cookie))
        except BadSignature:
            return None

    @app.after_request
    def keep(response: Response) -> Response:
        path = f"{request.script_root}/_mock"
        if "next_notice" in g:
            value = serializer.dumps(g.next_notice)
            response.set_cookie(name, str(value), path=path, secure=request.is_secure, httponly=True, samesite="Strict")
        elif "notice_taken" in g:
            response.delete_cookie(name, path=path)
        return response

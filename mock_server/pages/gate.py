"""What stands before every page: sign-in, forms of other sites, and the headers that keep a page to itself."""

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.sessions import SESSION_LIFE, Session, Sessions

CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
# Nothing from elsewhere, nothing inline, in no frame.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OPEN = ("assets", "login")


def add_gate(app: Flask, context: PageContext, sessions: Sessions) -> None:
    """Let requests pass only as the settings of the server say; add the pages for signing in and out."""

    @app.before_request
    def enter() -> AnyResponse | None:
        changes = request.method not in _SAFE_METHODS
        objection = context.objection(request.environ, changes)
        if objection is not None:
            abort(403, objection)
        session = sessions.open(request.cookies.get(sessions.cookie_name))
        if session is None and not sessions.needs_login and request.endpoint != "assets":
            session = g.new_session = sessions.begin()
        g.session = session
        if session is None:
            return None if request.endpoint in _OPEN else _to_login()
        if changes and not session.owns(request.form.get(CSRF_FIELD) or request.headers.get(CSRF_HEADER, "")):
            abort(409, "This form is from another session: reload the page, and send it once more.")
        return None

    @app.after_request
    def close(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        new = g.get("new_session")
        if new is not None:
            _set_cookie(response, sessions, new)
        return response

    @app.context_processor
    def known() -> dict[str, object]:
        session: Session | None = g.get("session")
        return {
            "csrf_token": session.csrf_token if session else "",
            "signed_in": sessions.needs_login and session is not None,
        }

    @app.route("/_mock/login", methods=["GET", "POST"])
    def login() -> AnyResponse | tuple[str, int] | str:
        if not sessions.needs_login:
            return redirect(url_for("overview.show"))
        if request.method == "GET":
            return render_template("login.html", next=_local(request.args.get("next", "")), wrong=False)
        if not sessions.accepts(request.form.get("token", "")):
            return render_template("login.html", next=_local(request.form.get("next", "")), wrong=True), 401
        target = _local(request.form.get("next", ""))
        response = redirect(request.script_root + target if target else url_for("overview.show"), 303)
        _set_cookie(response, sessions, sessions.begin())
        return response

    @app.post("/_mock/logout")
    def logout() -> AnyResponse:
        response = redirect(url_for("login" if sessions.needs_login else "overview.show"), 303)
        response.delete_cookie(sessions.cookie_name, path=_cookie_path())
        return response


def _to_login() -> AnyResponse:
    if request.method not in _SAFE_METHODS or "HX-Request" in request.headers:
        abort(401, "The session has ended: sign in again.")
    return redirect(url_for("login", next=request.full_path.removesuffix("?")), 303)


def _set_cookie(response: AnyResponse, sessions: Sessions, session: Session) -> None:
    response.set_cookie(
        sessions.cookie_name,
        session.cookie,
        max_age=SESSION_LIFE,
        path=_cookie_path(),
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def _cookie_path() -> str:
    return f"{request.script_root}/_mock"


def _local(target: str) -> str:
    # A link in a message must not lead from here to another site.
    return target if target.startswith("/_mock") and "\\" not in target else ""

"""The stateless reference: Flask that checks token, path and body by the specification, and has constant responses."""

import re
from pathlib import Path

import jsonschema_rs
import orjson
import yaml
from flask import Flask, Response, request

from bench.flask_floor import CREATED, JSON, VIDEO

SPECIFICATION = Path(__file__).parent.parent / "specs" / "guiji" / "openapi.yaml"
_URI = "urn:specification"
_CREATE = "/paths/~1openapi~1video~1v3~1simpleCreate/post/requestBody/content/application~1json/schema"
_TOKEN = re.compile(r"[0-9a-f-]{8,64}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,18})")


def _validator() -> jsonschema_rs.Draft202012Validator:
    document = yaml.load(SPECIFICATION.read_text(), Loader=yaml.CSafeLoader)
    registry = jsonschema_rs.Registry([(_URI, document)])
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_URI}#{_CREATE}"}, registry=registry)


VALIDATOR = _validator()
app = Flask(__name__)


def _error(status: int, message: str) -> Response:
    return Response(orjson.dumps({"code": str(status), "success": False, "message": message}), status, mimetype=JSON)


@app.before_request
def check_token() -> Response | None:
    """Refuse a request without a token."""
    tokens = request.args.getlist("access_token")
    if request.url_rule is None or (len(tokens) == 1 and _TOKEN.fullmatch(tokens[0])):
        return None
    return _error(401, "access_token invalid")


@app.get("/openapi/video/v2/get/<number>")
def read(number: str) -> Response:
    """The video, if its number is one."""
    return Response(VIDEO, mimetype=JSON) if _NUMBER.fullmatch(number) else _error(400, "id")


@app.post("/openapi/video/v3/simpleCreate")
def create() -> Response:
    """The creation of a video, if the body fits the specification."""
    if request.mimetype != JSON:
        return _error(400, "content type")
    try:
        body = orjson.loads(request.get_data())
    except ValueError:
        return _error(400, "bad JSON")
    if not VALIDATOR.is_valid(body):
        return _error(400, next(VALIDATOR.iter_errors(body)).message[:200])
    return Response(CREATED, mimetype=JSON)

"""Plain Python for each signature scheme, as it stands in generated code; a `sign` is an `auth` of `requests`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """Code that a call needs.

    Attributes:
        imports: modules, or whole import lines.
        code: may have `$name` for what the contract says.
        signs: whether it has a function `sign`.
    """

    imports: tuple[str, ...]
    code: str
    signs: bool = False


_ACS3 = '''
def sign(request):
    """ACS3-HMAC-SHA256: adds the headers of the signature to a request."""
    url = urlsplit(request.url)
    body = request.body or b""
    headers = request.headers
    headers["host"] = url.netloc
    headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    headers["x-acs-signature-nonce"] = secrets.token_hex(16)
    headers["x-acs-content-sha256"] = hashlib.sha256(body).hexdigest()
    signed = sorted(name for name in headers if name == "host" or name.startswith("x-acs-"))
    pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    canonical = "\\n".join([
        request.method,
        url.path or "/",
        query,
        "".join(f"{name}:{headers[name].strip()}\\n" for name in signed),
        ";".join(signed),
        headers["x-acs-content-sha256"],
    ])
    text = "ACS3-HMAC-SHA256\\n" + hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.new(access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={access_key_id},SignedHeaders={';'.join(signed)},Signature={signature}"
    )
    return request
'''

_RPC = '''
def sign(request):
    """HMAC-SHA1, Alibaba Cloud's older signature: adds its parameters to the query of a request."""
    url = urlsplit(request.url)
    pairs = parse_qsl(url.query, keep_blank_values=True) + [
        ("AccessKeyId", access_key_id),
        ("Timestamp", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        ("SignatureNonce", secrets.token_hex(16)),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
    ]
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(pairs))
    text = f"{request.method}&%2F&{quote(query, safe='-_.~')}"
    digest = hmac.new(f"{access_key_secret}&".encode(), text.encode(), hashlib.sha1).digest()
    pairs.append(("Signature", base64.b64encode(digest).decode()))
    request.url = urlunsplit(url._replace(query=urlencode(pairs)))
    return request
'''

_SDK = '''
def sign(request):
    """SDK-HMAC-SHA256: adds the headers of the signature to a request."""
    url = urlsplit(request.url)
    body = request.body or b""
    headers = request.headers
    headers["host"] = url.netloc
    headers["x-sdk-date"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    signed = ["host", "x-sdk-date"]
    pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
    path = "/".join(quote(unquote(part), safe="-_.~") for part in url.path.split("/"))
    canonical = "\\n".join([
        request.method,
        path if path.endswith("/") else path + "/",
        "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs),
        "".join(f"{name}:{headers[name].strip()}\\n" for name in signed),
        ";".join(signed),
        hashlib.sha256(body).hexdigest(),
    ])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\\n{headers['x-sdk-date']}\\n{digest}"
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    return request
'''

_MD5 = '''
def signed_fields():
    """What a token is asked for with: the MD5 of the account's credentials and the time."""
    timestamp = $time
    digest = hashlib.md5(f"$content".encode()).hexdigest()
    return $fields
'''

_TOKEN = '''
def token(name):
    """A token for further requests; it can be used again until it expires."""
    response = requests.request($method, base_url + "$path", $place=signed_fields()$trust).json()
    return response.get("data", response)[name]
'''

_URL = "from urllib.parse import parse_qsl, quote, urlsplit"
RECIPES: Mapping[str, Recipe] = {
    "acs3-hmac-sha256": Recipe(("hashlib", "hmac", "secrets", "time", _URL), _ACS3, signs=True),
    "rpc-hmac-sha1": Recipe(
        ("base64", "hashlib", "hmac", "secrets", "time", f"{_URL}, urlencode, urlunsplit"), _RPC, signs=True
    ),
    "sdk-hmac-sha256": Recipe(
        ("hashlib", "hmac", "time", "from urllib.parse import parse_qsl, quote, unquote, urlsplit"), _SDK, signs=True
    ),
    "md5-template": Recipe(("hashlib", "time"), _MD5),
}
TOKEN = Recipe((), _TOKEN)

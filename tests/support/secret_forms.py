"""The forms in which a client may write a secret, by name; from the secret to a text that holds it."""

import base64
from collections.abc import Callable
from urllib.parse import quote

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "within a word": lambda text: f"x{text}y",
    "capital letters": str.upper,
    "percent-encoded": lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
    "percent-encoded twice": lambda text: "".join(f"%25{ord(letter):02X}" for letter in text),
    "partly percent-encoded": lambda text: f"{text[:5]}%{ord(text[5]):02X}{text[6:]}",
    "escapes of JSON": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "escapes of Python": lambda text: "".join(f"\\x{ord(letter):02x}" for letter in text),
    "escapes of XML": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "decimal escapes of XML": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "base64": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for URLs, of base64": lambda text: base64.urlsafe_b64encode(
        base64.b64encode(f"{{{text}}}".encode())
    ).decode(),
    "percent-encoded base64": lambda text: quote(base64.b64encode(f">{text}?".encode()).decode(), safe=""),
    "hexadecimal digits": lambda text: text.encode().hex(),
    "hexadecimal capitals": lambda text: text.encode().hex().upper(),
    "a string of JSON in JSON": lambda text: f'{{\\"inner\\":\\"{text}\\"}}',
}


def core_of(form: str, secret: str) -> str:
    """What must not be shown of a secret in a form: its text without what pads base64 or surrounds it."""
    written = FORMS[form](secret)
    inside = {"within a word": secret, "a string of JSON in JSON": secret}
    return inside.get(form, written.rstrip("=").removesuffix("%3D").removesuffix("%3D"))

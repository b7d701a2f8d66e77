"""What every account has: tenant, applications, avatars, voices, licences, console instances, settings, quotas."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.engine.sizes import Size, parse_size
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.vendor_api.credentials import ANY_FIELD, credential
from bodydouble.mock_server.vendor_api.file_urls import catalogue_file_url
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, names
from bodydouble.mock_server.vendors.aliyun_avatar.names import NAMES

STREAMING, CLIENT = "streaming", "client"

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
QUOTAS: dict[str, int] = {names.QUOTA_VIDEOS: _CONTENT["videos"]}
CALLBACK_URL, AUTH_KEY, TRAINING_CONFIRMATION = "callback_url", "auth_key", "training_confirmation"
CONCURRENCY, CONCURRENT_VIDEOS = AMOUNTS = "concurrency", "concurrent_videos"
# What a person sets in the console for a tenant.
SETTINGS: dict[str, Any] = {
    CALLBACK_URL: "",
    AUTH_KEY: _CONTENT["authKey"],
    CONCURRENCY: _CONTENT["concurrency"],
    CONCURRENT_VIDEOS: _CONTENT["concurrentVideos"],
    TRAINING_CONFIRMATION: _CONTENT["trainingConfirmation"],
}
SENSITIVE_WORDS: tuple[str, ...] = tuple(_CONTENT["sensitiveWords"])
VOICES: frozenset[str] = frozenset(voice["code"] for voice in _CONTENT["voices"])


@dataclass(frozen=True, slots=True)
class Application:
    """What was bought under one id.

    Attributes:
        services: of `streaming`, `video2d`, `video3d` and `client`.
        avatars: code of the avatar that stands in where none is named, by model (`2d`, `3d`).
    """

    app_id: str
    services: frozenset[str]
    avatars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Avatar:
    """An avatar, official or custom, as far as videos and streams are concerned.

    Attributes:
        model: `2d` or `3d`.
        resolution: of its footage, width and height in pixels.
        offline: resolutions of its videos.
        online: resolutions of its streams.
        alpha: whether its videos can be transparent.
        audio_driven: whether it can speak a recording.
    """

    code: str
    name: str
    description: str
    model: str
    resolution: Size
    offline: tuple[Size, ...]
    online: tuple[Size, ...]
    alpha: bool
    audio_driven: bool = True

    def pictures(self, base_url: str) -> dict[str, Any]:
        """The pictures, and for a 2D avatar the video, of an official avatar."""
        urls: dict[str, Any] = {
            "Portrait": catalogue_file_url(base_url, NAME, self.code, "portrait.png"),
            "Image": catalogue_file_url(base_url, NAME, self.code, "image.png"),
        }
        if self.model == "2d":
            urls["Preview"] = catalogue_file_url(base_url, NAME, self.code, "preview.webm")
        return urls


def _avatar(entry: Mapping[str, Any]) -> Avatar:
    return Avatar(
        code=entry["code"],
        name=entry["name"],
        description=entry["description"],
        model=entry["modelType"],
        resolution=parse_size(entry["resolution"]),
        offline=tuple(map(parse_size, entry["offline"])),
        online=tuple(map(parse_size, entry["online"])),
        # AlphaFormat in the vendor's API metadata: official avatars support it; only of custom ones some do not.
        alpha=True,
        audio_driven=entry.get("audioDriven", True),
    )


AVATARS: dict[str, Avatar] = {
    entry["code"]: _avatar(entry) for entry in (*_CONTENT["avatars2d"], *_CONTENT["avatars3d"])
}


@dataclass(frozen=True, slots=True)
class License:
    """A licence for rendering on devices.

    Attributes:
        devices: how many may be bound at a time.
    """

    text: str
    app_id: str
    devices: int


LICENSES: dict[str, License] = {
    entry["license"]: License(entry["license"], entry["appId"], entry["devices"]) for entry in _CONTENT["licenses"]
}

_SHARED_APPLICATIONS: dict[str, Application] = {
    entry["appId"]: Application(
        entry["appId"],
        frozenset(entry["services"]),
        {model: entry[f"defaultAvatar{model}"] for model in ("2d", "3d") if f"defaultAvatar{model}" in entry},
    )
    for entry in _CONTENT["apps"]
}
# Timed-reset instances of the console, and the states that they have in a new account.
CONSOLE: dict[str, str] = {
    entry["instanceId"]: NAMES.state(names.TIMED_RESET, entry["state"]) for entry in _CONTENT["console"]
}
# The tenant of the vendor's examples: the default account's own, and open to all, so that examples work for all.
EXAMPLE_TENANT: int = _CONTENT["tenantId"]


def tenant_id(identifiers: AccountIdentifiers) -> int:
    """The number of an account's tenant."""
    if identifiers.account_id == DEFAULT_ACCOUNT:
        return EXAMPLE_TENANT
    return 10_000 + identifiers.number(900_000_000, NAME, "tenant")


def application_ids(identifiers: AccountIdentifiers) -> dict[str, str]:
    """The ids of an account's own two applications, by the model of their avatars."""
    account_id, seed = identifiers.account_id, identifiers.seed
    return {model: credential(account_id, seed, NAME, f"app-id-{model}") for model in ("2d", "3d")}


def account_names(identifiers: AccountIdentifiers) -> tuple[tuple[str, str], ...]:
    """What names an account in its tasks: its applications, in any field."""
    return tuple((ANY_FIELD, application_id) for application_id in application_ids(identifiers).values())


def application(account: Account, app_id: str) -> Application | None:
    """An application that an account may use: its own, or one of those that all accounts share."""
    for model, own in application_ids(account.own_identifiers).items():
        if app_id == own:
            default = next(avatar.code for avatar in AVATARS.values() if avatar.model == model)
            return Application(own, frozenset((STREAMING, f"video{model}")), {model: default})
    return _SHARED_APPLICATIONS.get(app_id)

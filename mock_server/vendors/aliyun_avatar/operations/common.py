"""What several chapters share: whose call it is, for which application, with which avatar, and where events go."""

import re
from typing import Any

from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import catalogue, records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import EXAMPLE_TENANT, NAME, tenant_id
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import (
    AVATARS,
    CLIENT,
    SENSITIVE_WORDS,
    STREAMING,
    Application,
    Avatar,
)

_TAG = re.compile(r"<[^<>]*>")
LONGEST_TEXT = 1000
_SIZES = {1: (1080, 1920), 2: (1920, 1080)}


def setting(request: OperationRequest, name: str) -> Any:
    """What a person would have set in the console."""
    return request.account.settings[NAME][name]


def needed(request: OperationRequest, name: str) -> Any:
    """A parameter that the contract does not mark as required, but without which there is nothing to do.

    Raises:
        ApiError: parameterEmpty.
    """
    value = request.query.get(name)
    if value is None:
        raise ApiError("parameterEmpty", f"{name}: required, but missing")
    return value


def require_tenant(request: OperationRequest) -> int:
    """The tenant that the call is for.

    Raises:
        ApiError: parameterEmpty or noAccess.
    """
    tenant = int(needed(request, "TenantId"))
    own = tenant_id(request.account.id, request.account.seed)
    if tenant not in (own, EXAMPLE_TENANT):
        raise ApiError("noAccess", f"TenantId: {tenant} is not a tenant of this account; {own} is")
    return tenant


def find_application(request: OperationRequest, app_id: str, service: str | None = None) -> Application:
    """An application of the account.

    Args:
        service: what it must have been bought for.

    Raises:
        ApiError: noAccess, notStreamingInstance or appIdInvalid.
    """
    found = catalogue.application(request.account, app_id)
    if found is None:
        raise ApiError("noAccess", f"AppId: this account has no application {app_id}")
    if service is not None and service not in found.services:
        case = "notStreamingInstance" if service == STREAMING else "appIdInvalid"
        raise ApiError(case, f"AppId: bought for {', '.join(sorted(found.services))}, not for {service}")
    return found


def require_application(request: OperationRequest, service: str | None = None) -> Application:
    """The application of `App`, after the tenant was checked.

    Raises:
        ApiError: as of require_tenant and find_application.
    """
    require_tenant(request)
    return find_application(request, request.query["App"]["AppId"], service)


def require_client(request: OperationRequest) -> Application:
    """The application of `AppId`, which must be one for rendering on devices, after the tenant was checked.

    Raises:
        ApiError: as of require_tenant and find_application.
    """
    require_tenant(request)
    return find_application(request, request.query["AppId"], CLIENT)


def find(request: OperationRequest, kind: str, key: str, refusal: str, field: str) -> Task:
    """A task or resource of the account.

    Args:
        refusal: the error case to refuse with if there is none.
        field: where the key came from.
    """
    task = tasks.get(request.connection, request.account.id, NAME, kind, key)
    if task is None:
        raise ApiError(refusal, f"{field}: this account has no {kind} {key}")
    return task


def callback_url(request: OperationRequest, switch: str) -> str | None:
    """Where the events go that a request asks for; None if it asks for none.

    Args:
        switch: the parameter that asks.

    Raises:
        ApiError: authKeyMissing or callbackUrlMissing.
    """
    if not request.query.get(switch, False):
        return None
    if not setting(request, catalogue.AUTH_KEY):
        raise ApiError("authKeyMissing", f"{switch}: the setting auth_key is empty")
    url: str = setting(request, catalogue.CALLBACK_URL)
    if not url:
        raise ApiError("callbackUrlMissing", f"{switch}: the setting callback_url is empty")
    return url


def spoken(text: str) -> str:
    """A text without its tags."""
    return _TAG.sub("", text)


def require_speakable(text: str, field: str) -> str:
    """A text without its tags, which must be short enough and harmless.

    Raises:
        ApiError: parameterIllegal or sensitiveText.
    """
    plain = spoken(text)
    if len(plain) > LONGEST_TEXT:
        raise ApiError("parameterIllegal", f"{field}: at most {LONGEST_TEXT} characters without tags, not {len(plain)}")
    require_harmless(plain, field)
    return plain


def require_harmless(text: str, field: str) -> None:
    """Hold a text to not saying what must not be spoken.

    Raises:
        ApiError: sensitiveText.
    """
    for word in SENSITIVE_WORDS:
        if word in text:
            raise ApiError("sensitiveText", f"{field}: {word}")


def custom_avatar(task: Task) -> Avatar:
    """A custom avatar, as far as videos are concerned."""
    attributes = task.attributes
    size = _SIZES[attributes["orientation"]]
    return Avatar(
        code=task.key,
        name=task.name,
        description=attributes["description"],
        model="2d",
        resolution=size,
        offline=(size,),
        online=(size,),
        alpha=attributes["transparent"],
        audio_driven=True,
    )


def find_avatar(request: OperationRequest, code: str, field: str) -> Avatar:
    """An avatar that can be used: official, or custom and trained.

    Raises:
        ApiError: avatarNotFound or avatarUnsuitable.
    """
    official = AVATARS.get(code)
    if official is not None:
        return official
    task = find(request, records.AVATAR, code, "avatarNotFound", field)
    state = task.state(request.now)
    if state != "success":
        raise ApiError("avatarUnsuitable", f"{field}: the avatar is not ready, but in the state {state}")
    return custom_avatar(task)

"""What several chapters share: whose call it is, for which application, with which avatar, and where events go."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bodydouble.mock_server.engine.sizes import Size
from bodydouble.mock_server.engine.speech_duration import without_tags
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api import listing
from bodydouble.mock_server.vendor_api.media_formats import why_unsuitable
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, catalogue, names
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import Application, Avatar
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors

_MAX_TEXT = 1000
PICTURE_FORMATS = ("jpg", "jpeg", "png")
# By Orientation: the resolution of a custom avatar's footage, width and height in pixels.
FOOTAGE_SIZES: dict[int, Size] = {1: (1080, 1920), 2: (1920, 1080)}


def setting(request: OperationRequest, name: str) -> Any:
    """What a person would have set in the console."""
    return request.account.settings[NAME][name]


def require(request: OperationRequest, name: str) -> Any:
    """A parameter that the contract does not mark as required, but without which there is nothing to do.

    Raises:
        ApiError: parameterEmpty.
    """
    value = request.query.get(name)
    if value is None:
        raise ApiError(Errors.parameterEmpty, f"{name}: required, but missing")
    return value


def require_tenant(request: OperationRequest) -> int:
    """The tenant that the call is for.

    Raises:
        ApiError: parameterEmpty or noAccess.
    """
    tenant = int(require(request, "TenantId"))
    own = catalogue.tenant_id(request.account.own_identifiers)
    if tenant not in (own, catalogue.EXAMPLE_TENANT):
        raise ApiError(Errors.noAccess, f"TenantId: {tenant} is not a tenant of this account; {own} is")
    return tenant


def find_application(request: OperationRequest, app_id: str, service: str | None = None) -> Application:
    """An application of the account.

    Args:
        service: what it must have been bought for.

    Raises:
        ApiError: noAccess, notStreamingInstance or appIdInvalid.
    """
    application = catalogue.application(request.account, app_id)
    if application is None:
        raise ApiError(Errors.noAccess, f"AppId: this account has no application {app_id}")
    if service is not None and service not in application.services:
        error = Errors.notStreamingInstance if service == catalogue.STREAMING else Errors.appIdInvalid
        bought = ", ".join(sorted(application.services))
        raise ApiError(error, f"AppId: bought for {bought}, not for {service}")
    return application


def require_application(request: OperationRequest, service: str | None = None) -> Application:
    """The application that the request names, after the tenant was checked; `service` as of find_application.

    Raises:
        ApiError: as of require_tenant and find_application.
    """
    require_tenant(request)
    # Some operations take the id as it is, others in an object.
    parameters = request.query.get("App", request.query)
    return find_application(request, parameters["AppId"], service)


def page_response(request: OperationRequest, total: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The response with the rows of the requested page.

    Args:
        total: how many rows there are on all pages.
    """
    return {**listing.page_fields(request, total), "List": rows}


def callback(request: OperationRequest, switch: str) -> CallbackTarget | None:
    """Where the events go that a request asks for; None if it asks for none.

    Args:
        switch: the parameter that asks.

    Raises:
        ApiError: authKeyMissing or callbackUrlMissing.
    """
    if not request.query.get(switch, False):
        return None
    if not setting(request, catalogue.AUTH_KEY):
        raise ApiError(Errors.authKeyMissing, f"{switch}: the setting auth_key is empty")
    url: str = setting(request, catalogue.CALLBACK_URL)
    if not url:
        raise ApiError(Errors.callbackUrlMissing, f"{switch}: the setting callback_url is empty")
    return CallbackTarget(url)


def require_speakable(text: str, field: str) -> str:
    """A text without its tags, which must be short enough and harmless.

    Raises:
        ApiError: parameterIllegal or sensitiveText.
    """
    plain = without_tags(text)
    if len(plain) > _MAX_TEXT:
        detail = f"{field}: at most {_MAX_TEXT} characters without tags, not {len(plain)}"
        raise ApiError(Errors.parameterIllegal, detail)
    require_harmless(plain, field)
    return plain


def require_harmless(text: str, field: str) -> None:
    """Require a text not to say what must not be spoken.

    Raises:
        ApiError: sensitiveText.
    """
    for word in catalogue.SENSITIVE_WORDS:
        if word in text:
            raise ApiError(Errors.sensitiveText, f"{field}: {word}")


def require_format(url: str | None, formats: Collection[str], field: str) -> None:
    """Require the address of a file, if there is one, not to show another format.

    Raises:
        ApiError: mediaUnsuitable.
    """
    reason = None if url is None else why_unsuitable(url, formats)
    if reason is not None:
        raise ApiError(Errors.mediaUnsuitable, f"{field}: {reason}")


def custom_avatar(task: Task) -> Avatar:
    """A custom avatar, as far as videos are concerned."""
    attributes = task.attributes
    size = FOOTAGE_SIZES[attributes["orientation"]]
    description, alpha = attributes["description"], attributes["transparent"]
    return Avatar(task.key, task.name, description, "2d", size, (size,), (size,), alpha=alpha)


def find_avatar(tools: Toolbox, code: str, field: str) -> Avatar:
    """An avatar that can be used: official, or custom and trained.

    Raises:
        ApiError: avatarNotFound or avatarUnsuitable.
    """
    official = catalogue.AVATARS.get(code)
    if official is not None:
        return official
    view = tools.tasks.find(names.AVATAR, code, Errors.avatarNotFound, field)
    if view.state != names.AVATAR_SUCCESS:
        raise ApiError(Errors.avatarUnsuitable, f"{field}: the avatar is not ready, but in the state {view.state}")
    return custom_avatar(view.task)

"""What the operations do, one module for each chapter of the vendor's reference."""

from bodydouble.mock_server.vendor_api.vendor import Handler
from bodydouble.mock_server.vendors.huawei_metastudio.operations import assets, files, scripts, subtitles, videos

HANDLERS: dict[str, Handler] = {
    **videos.handlers,
    **assets.handlers,
    **files.handlers,
    **scripts.handlers,
    **subtitles.handlers,
}

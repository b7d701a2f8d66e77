"""What the operations do, one module for each chapter of the vendor's reference."""

from mock_server.vendor import Handler
from mock_server.vendors.huawei_metastudio.operations import assets, files, scripts, subtitles, videos

HANDLERS: dict[str, Handler] = {
    **videos.handlers,
    **assets.handlers,
    **files.handlers,
    **scripts.handlers,
    **subtitles.handlers,
}

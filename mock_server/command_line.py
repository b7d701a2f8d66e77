"""The command `bodydouble`."""

import click

from mock_server import commands


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bodydouble")
def main() -> None:
    """A local double of digital-human clouds: SoftSugar, Guiji, Alibaba Cloud avatar, Huawei MetaStudio.

    Point a vendor's own SDK, or any HTTP client, at the double instead of the vendor: signatures are checked, tasks go
    through their states on a clock that you control, callbacks arrive signed and retried, results can be downloaded.
    """


for command in commands.ALL:
    main.add_command(command)

"""Names that mean the same in different styles of writing (`taskId`, `task_id`, `Task-Id`)."""


def plain_name(name: str) -> str:
    """A field's name in one form, whatever the style that it is written in."""
    return name.replace("_", "").replace("-", "").lower()


class PlainNames(dict[str, str]):
    """Texts by plain names, which are looked up in any style."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(plain_name(name))

    def __contains__(self, name: object) -> bool:
        return super().__contains__(plain_name(str(name)))

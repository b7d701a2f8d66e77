"""The closed vocabulary of extensions."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model import extensions
from bodydouble.contracts.model.documents import SpecificationError
from tests.support import specification


def changed(where: str, key: str, value: Any) -> dict[str, Any]:
    content = specification.content()
    lookup(content, where)[key] = value
    return content


def test_the_vocabulary_in_its_place_is_accepted() -> None:
    extensions.check(specification.document())


@pytest.mark.parametrize(
    ("where", "key", "value", "words"),
    [
        (
            "",
            "x-lifecycle-states",
            {},
            "#/x-lifecycle-states: unknown extension; known are x-alternative-methods, x-cost",
        ),
        ("/info", "x-logo", "a.png", "#/info/x-logo: unknown extension"),
        ("/paths/~1things/post", "x-cost", "cheap", "#/paths/~1things/post/x-cost"),
        ("/paths/~1things/post", "x-alternative-methods", ["brew"], "x-alternative-methods/0"),
        ("/paths/~1things/post", "x-lifecycle", {"name": "thing", "role": "make"}, "x-lifecycle/role"),
        ("/paths/~1things/post", "x-errors", ["a", "a"], "x-errors"),
        ("/x-lifecycles/thing/states/waiting", "colour", "red", "x-lifecycles/thing/states/waiting"),
        ("/x-lifecycles/thing/edges/0", "by", "createThing", "x-lifecycles/thing/edges/0"),
        ("/x-lifecycles/thing/edges/0", "after", -1, "x-lifecycles/thing/edges/0/after"),
        ("/webhooks/notice/post/x-delivery", "retry_rules", {"jitter": 2}, "x-delivery/retry_rules/jitter"),
        ("/webhooks/notice/post/x-delivery", "retry_rules", {"max_retry_after": 0}, "retry_rules/max_retry_after"),
        ("/webhooks/notice/post/x-delivery", "retry_rules", {"after_timeout": [-1]}, "retry_rules/after_timeout/0"),
        ("/webhooks/notice/post/x-delivery", "retry_rules", {"after_503": [1]}, "x-delivery/retry_rules"),
        ("/webhooks/notice/post/x-delivery", "retry_rules", {}, "x-delivery/retry_rules"),
        ("/x-errors/tokenInvalid", "status", 20, "x-errors"),
        ("/x-errors/tokenInvalid", "conditions", ["boredom"], "x-errors"),
        ("/x-discrepancies/0", "locations", ["components"], "x-discrepancies/0/locations/0"),
        ("/x-discrepancies/0", "says", {"rumour": "yes"}, "x-discrepancies/0/says"),
        ("/x-envelope", "success", [], "x-envelope/success"),
        ("/webhooks/notice/post/x-delivery", "retries", [-1], "x-delivery/retries/0"),
        ("/components/schemas/NewThing/properties/name", "x-sensitive", "somewhat", "x-sensitive"),
        ("/paths/~1things/post", "x-provenance", {"kind": "guessed", "source": "me"}, "x-provenance/kind"),
        ("/paths/~1token/get/x-signature", "scheme", "rot13", "x-signature/scheme"),
    ],
)
def test_anything_else_is_rejected_with_its_place(where: str, key: str, value: Any, words: str) -> None:
    with pytest.raises(SpecificationError) as rejection:
        extensions.check(specification.document(changed(where, key, value)))
    assert words in str(rejection.value)


def test_a_vendors_own_property_may_begin_like_an_extension() -> None:
    properties = "/components/schemas/NewThing/properties"
    extensions.check(specification.document(changed(properties, "x-vendor", {"type": "string"})))


def test_data_in_examples_may_hold_any_name() -> None:
    body = "/paths/~1things/post/requestBody/content/application~1json"
    extensions.check(specification.document(changed(body, "example", {"x-anything": 1})))

"""The text form, as Prometheus' own parser reads it."""

from prometheus_client.parser import text_string_to_metric_families

from bodydouble.mock_server.services.metrics.text_format import Family, Sample, gauge, render

HARD = 'back\\slash, "quote" and\nnew line'


def test_what_was_written_is_read() -> None:
    counter = Family(
        "a_total",
        "All a.",
        "counter",
        (
            Sample(
                12_345_678,
                (("kind", HARD), ("b", "")),
            ),
            Sample(0.25),
        ),
    )
    text = render([counter, gauge("b", "A b.", 1.5), Family("c", "No c.", "gauge", ())])
    first, second = text_string_to_metric_families(text)
    assert [(sample.name, sample.labels, sample.value) for sample in first.samples] == [
        ("a_total", {"kind": HARD, "b": ""}, 12_345_678),
        ("a_total", {}, 0.25),
    ]
    assert (first.type, first.documentation) == ("counter", "All a.")
    assert (second.name, second.type, second.samples[0].value) == ("b", "gauge", 1.5)


def test_whole_numbers_lose_no_digits() -> None:
    assert render([gauge("n", "N.", 2**53 - 1)]).endswith(f"\nn {2**53 - 1}\n")

"""A report of the endpoint tester, with one violation of a law."""

from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict
from bodydouble.contracts.endpoint.report import EndpointReport, Finding, OperationResult, Step
from bodydouble.contracts.model.laws import Law


def _result(law: Law, verdict: LawVerdict, reason: str = "", count: int = 0) -> LawResult:
    return LawResult("getVideo", law, verdict, reason, count)


LAWS = (
    _result(Law.IDENTITY, LawVerdict.VIOLATED),
    _result(Law.PAGES, LawVerdict.TESTED, count=3),
    _result(Law.ORDER, LawVerdict.UNTESTED, "the budget is spent"),
    _result(Law.ISOLATION, LawVerdict.UNDECLARED, "everybody's"),
)
STEP = Step("createVideo", "POST /create", "200 created", "curl create")
FINDING = Finding(
    "identity",
    "createVideo",
    "laws",
    "shows 8",
    "GET /8",
    "200 other",
    "curl read",
    "specs/x",
    1,
    False,
    (STEP,),
    "getVideo",
)
REPORT = EndpointReport(
    "guiji",
    1,
    {name: OperationResult({"laws": 1}, {"success": 1}) for name in ("createVideo", "getVideo")},
    (FINDING,),
    (),
    1.0,
    "http://h",
    "2026-01-01",
    2,
    0,
    0,
    frozenset(),
    (),
    LAWS,
)

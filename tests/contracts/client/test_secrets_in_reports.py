"""A credential of the tested client is not in its report, in whatever form its errors name it."""

from urllib.parse import quote

import pytest
import urllib3

from bodydouble.client import ClientOptions, run
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.redaction.fields import REPLACEMENT
from tests.support.secret_forms import FORMS, core_of

TOKEN = "t0ken-of-an-account/0123456789abcdef"
SECRET = "s3cret-of-an-app.fedcba9876543210"


@pytest.mark.parametrize("form", FORMS)
def test_a_credential_is_in_no_report(form: str) -> None:
    token, secret = FORMS[form](TOKEN), FORMS[form](SECRET)

    def call(base_url: str) -> None:
        http = urllib3.PoolManager(retries=False)
        query = {"grant_type": "sign", "appId": "app", "secret": SECRET}
        http.request("GET", f"{base_url}/openapi/oauth/token", fields=query)
        http.request("GET", f"{base_url}/openapi/video/v2/get/{quote(token)}?access_token={TOKEN}")
        raise ValueError(f"{token} is rejected (signed in with {secret})")

    report = run(load_contract("guiji"), "getVideo", call, ClientOptions(examples=1, changes=0))
    assert len(report.failures) == 1
    assert "is rejected" in report.failures[0].error
    assert REPLACEMENT in report.failures[0].error
    assert report.bad_requests
    for value in (TOKEN, SECRET):
        assert core_of(form, value) not in str(report)

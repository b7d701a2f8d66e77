"""Unusual URLs that match the pattern of the contract."""

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import VOICE_CONSENT, Guiji


def test_a_sample_url_that_cannot_be_parsed_is_an_invalid_audio_url(account: Account) -> None:
    request = {
        "name": "Narrator",
        "audioUrl": "https://[media.example.com/sample.wav",
        "authorizeUrl": "https://media.example.com/consent.wav",
        "authorizeText": VOICE_CONSENT,
    }
    code, message = Guiji(account).rejection("POST", "/openapi/speaker/v3/clone", request)
    assert code == "40011"
    assert "/audioUrl: not a usable URL" in message


def test_a_url_with_non_ascii_spaces_is_returned_unchanged(account: Account) -> None:
    guiji = Guiji(account)
    url = "https://media.example.com/a\u3000b\u0085.wav"
    assert guiji.voice(guiji.clone(audioUrl=url))["audioUrl"] == url
    assert account.journal(conforms="false") == []

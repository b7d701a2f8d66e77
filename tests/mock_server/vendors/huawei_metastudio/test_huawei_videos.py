from tests.support.huawei_metastudio import MetaStudio


def test_x(account):
    m = MetaStudio(account)
    a = m.finished_video()
    print(a)
    print(m.jobs(), m.assets(asset_source="ALL"))
    print(account.http.get(a["files"][0]["download_url"]))
    print(m.job(m.jobs()[0], show_script="true"))
    assert 0

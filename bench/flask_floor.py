"""Bare Flask: the two requests of the benchmark, with constant responses. Nothing is checked."""

from flask import Flask, Response

JSON = "application/json"
VIDEO = (
    b'{"code":"0","message":"Request successful","success":true,"data":{"id":291,"videoName":"test",'
    b'"videoFormat":"mp4","duration":"6.966","durationMs":"6966","coverUrl":"http://127.0.0.1/images/1741576636734.jpg","videoUrl":'
    b'"http://127.0.0.1/videos/1216222911489253376_ff_1.mp4","srtUrl":"http://127.0.0.1/srts/VgAK5CxgtzBkBsR7.srt",'
    b'"synthesisStatus":3,"failReason":null,"createTime":"2025-03-10 11:15:33","updateTime":"2025-03-10 11:17:17"}}'
)
CREATED = b'{"code":"0","message":"Request successful","success":true,"data":{"videoId":42}}'

app = Flask(__name__)


@app.get("/openapi/video/v2/get/<int:number>")
def read(number: int) -> Response:
    """The video, whatever its number is."""
    return Response(VIDEO, mimetype=JSON)


@app.post("/openapi/video/v3/simpleCreate")
def create() -> Response:
    """The creation of a video, which is not recorded."""
    return Response(CREATED, mimetype=JSON)

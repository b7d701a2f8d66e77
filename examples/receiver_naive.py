"""A callback receiver that was written in five minutes. It works in every demo, and nowhere else.

It verifies no signature, takes every delivery for a new event, trusts the last event, and relies on optional fields.
"""

import argparse
from typing import Any

from flask import Flask, Response, jsonify, request


def create_app(keys: dict[str, str]) -> Flask:
    """The receiver: `POST /<vendor>`, and the probe `GET /processed`."""
    app = Flask(__name__)
    events: list[str] = []
    tasks: dict[str, Any] = {}

    def guiji(data: dict[str, Any]) -> None:
        tasks[str(data["data"]["id"])] = data["data"]["result"]
        app.logger.info("%s took %s s", data["data"]["videoName"], float(data["data"]["duration"]))

    def softsugar(data: dict[str, Any]) -> None:
        tasks[str(data["taskId"])] = data["status"]
        app.logger.info("%s: %s", data["materialName"], data["taskResult"])

    def aliyun(data: dict[str, Any]) -> None:
        task = data["data"]
        tasks[task["taskUuid"]] = task["status"]
        app.logger.info("order %s", task["callbackParams"]["orderId"])

    def huawei(data: dict[str, Any]) -> None:
        tasks[data["job_id"]] = data["result"]
        app.logger.info("asset %s", data["asset_id"].strip("-"))

    vendors = {"guiji": guiji, "softsugar": softsugar, "aliyun-avatar": aliyun, "huawei-metastudio": huawei}

    @app.post("/<vendor>")
    def receive(vendor: str) -> Response:
        app.logger.info(request.get_data().decode("ascii"))
        vendors[vendor](request.get_json())
        events.append(vendor)
        return jsonify(code="0", success=True, message="Request successful")

    @app.get("/processed")
    def processed() -> Response:
        return jsonify(processed=len(events), tasks=tasks)

    return app


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A callback receiver.")
    arguments.add_argument("--port", type=int, default=9001)
    create_app({}).run(port=arguments.parse_args().port, threaded=True)

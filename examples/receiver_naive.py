"""A callback receiver that was written in five minutes. It works in every demo, and nowhere else.

It verifies no signature, takes every delivery for a new event, trusts the last event, and relies on optional fields. It
drops events that are not fresh, and refuses fields that it does not know.
"""

import argparse
import time
from typing import Any

from flask import Flask, Response, abort, jsonify, request

# As the vendors' documents have them today.
FIELDS = {
    "guiji": {"taskType", "data"},
    "softsugar": {
        *("taskId", "status", "taskResult", "materialId", "materialName"),
        *("algoType", "algoSubType1", "algoSubType2", "algoSubType3"),
    },
    "aliyun-avatar": {"eId", "tenantId", "eventTime", "eventType", "data"},
    "huawei-metastudio": {"job_id", "result", "asset_id"},
}


def create_app(keys: dict[str, str]) -> Flask:
    """The receiver: `POST /<vendor>`, and the probe `GET /processed`."""
    app = Flask(__name__)
    events: list[str] = []
    tasks: dict[str, Any] = {}

    def guiji(data: dict[str, Any]) -> tuple[Any, Any]:
        video = data["data"]
        app.logger.info("%s took %s s", video["videoName"], float(video["duration"]))
        return video["id"], video["result"]

    def softsugar(data: dict[str, Any]) -> tuple[Any, Any]:
        app.logger.info("%s: %s", data["materialName"], data["taskResult"])
        return data["taskId"], data["status"]

    def aliyun(data: dict[str, Any]) -> tuple[Any, Any]:
        task = data["data"]
        app.logger.info("order %s", task["callbackParams"]["orderId"])
        return task["taskUuid"], task["status"]

    def huawei(data: dict[str, Any]) -> tuple[Any, Any]:
        app.logger.info("asset %s", data["asset_id"].strip("-"))
        return data["job_id"], data["result"]

    vendors = {"guiji": guiji, "softsugar": softsugar, "aliyun-avatar": aliyun, "huawei-metastudio": huawei}

    def is_fresh(data: dict[str, Any]) -> bool:
        at = data["eventTime"] if "eventTime" in data else data.get("data", {}).get("updateTime")
        return at is None or float(at / 1000) > time.time() - 300

    @app.post("/<vendor>")
    def receive(vendor: str) -> Response:
        app.logger.info(request.get_data().decode("ascii"))
        data = request.get_json()
        task, state = vendors[vendor](data)
        if data.keys() - FIELDS[vendor]:
            abort(400)
        if is_fresh(data):
            tasks[str(task)] = state
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

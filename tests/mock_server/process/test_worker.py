"""The processor core that a worker process claims."""

import json
import os
import subprocess
import sys

import pytest

from bodydouble.mock_server.process.worker import Cores, usable_cores

pytestmark = [pytest.mark.process, pytest.mark.linux]

# Forks one worker for each core, ends the first, and forks another; each worker reports the cores that it may use.
WORKERS = """
import json, os, sys
from bodydouble.mock_server.process.worker import Cores

cores = Cores()

def worker():
    report, write_report = os.pipe()
    stay, end = os.pipe()
    process = os.fork()
    if not process:
        cores.claim()
        os.write(write_report, json.dumps(sorted(os.sched_getaffinity(0))).encode())
        os.close(end)
        os.read(stay, 1)
        os._exit(0)
    return process, json.loads(os.read(report, 1000)), end

workers = [worker() for _ in range(len(cores))]
first, _, end = workers[0]
os.write(end, b"x")
os.waitpid(first, 0)
print(json.dumps([[used for _, used, _ in workers], worker()[1]]))
for _, _, end in workers[1:]:
    os.write(end, b"x")
"""


def test_each_worker_has_its_own_core_and_a_replacement_gets_the_core_of_the_ended_worker() -> None:
    done = subprocess.run([sys.executable, "-c", WORKERS], capture_output=True, timeout=60, check=True)
    at_first, later = json.loads(done.stdout)
    assert sorted(at_first) == [[core] for core in sorted(os.sched_getaffinity(0))]
    assert later == at_first[0]


def test_there_are_as_many_cores_as_the_process_may_use() -> None:
    assert len(Cores()) == usable_cores() == len(os.sched_getaffinity(0))


def test_the_number_of_workers_is_limited_on_machines_with_very_many_cores() -> None:
    script = """
import os
os.sched_getaffinity = lambda process: set(range(96))
import click
from bodydouble.mock_server.cli.serve import serve
workers = next(option for option in serve.params if option.name == "workers")
print(workers.type_cast_value(click.Context(serve), workers.default))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"64\n"

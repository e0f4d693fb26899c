"""Padding: what a server sends, and a client receives, where each number carries 16 KiB; beside the peers and TCP."""

import functools
import shutil

import measure
from sides import CEILING, CPP, FULL_SPEED, GO, Line, N_MAX, OURS, Side, TCP, Workload, title

SIZE = str(16 * 1024)
NOTE = "16 KiB a number"
IPERF3 = shutil.which("iperf3")


def full_speed(commands, streams, connections, window="500ms"):
    """The ceiling serves one stream only. iperf3 sends by as many connections, and as it likes best: 128 KiB a call. It
    is left out where it is missing."""
    options = f"--connections {connections} --warmup 200ms --duration {window}"
    names = [OURS, *([CEILING] if streams == 1 else []), GO, CPP]
    sides = [commands.read(name, streams, options, size=SIZE) for name in names]
    goals = {GO: (">=", 0.9), CPP: (">=", 0.9)}
    if IPERF3:
        sides.append(Side(TCP, functools.partial(measure.send_by_tcp, IPERF3, connections)))
    beside = [side.name for side in sides[1:]]
    return Workload(
        title(FULL_SPEED, streams, connections, "stateless", NOTE),
        sides,
        [
            Line("numbers/s", "numbers_per_s"),
            *(Line("bytes/s", "message_bytes_per_s", side, goals.get(side)) for side in beside),
            *(Line("sender's CPU a KiB", "kib_cpu_ns", side) for side in beside),
        ],
    )


def client(commands, numbers):
    server = commands.server(OURS, "stateful", max_numbers=N_MAX)
    ours = [commands.program("comms-client"), *"--mode stateful --interval 0 --size".split(), SIZE]
    ceiling = ["1", "1", f"START %s {N_MAX}", str(numbers), SIZE]
    receive = commands.program("bench/ceiling-receive")
    return Workload(
        title("client", 1, 1, "stateful", NOTE),
        [
            Side(OURS, functools.partial(measure.verify_numbers, server, [*ours, "--numbers", str(numbers)])),
            Side(CEILING, functools.partial(measure.receive_numbers, server, receive, ceiling)),
        ],
        [Line("client CPU a number", "cpu_ns", CEILING)],
    )


def is_part_missing(workload):
    """Whether a side of it is left out."""
    return IPERF3 is None and any(line.against == GO for line in workload.lines) and NOTE in workload.title

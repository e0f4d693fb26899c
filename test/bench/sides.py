"""What a workload of the bench is made of: sides that are compared, the commands of their programs, lines with goals."""

import dataclasses
import functools
from typing import Callable, Optional

import measure

OURS = "comms"
CEILING = "ceiling"
GO = "grpc-go"
CPP = "C++"
TCP = "iperf3"
BEFORE = "before"
MEMORY = "memory"
NO_ADMIN = "no admin"

FULL_SPEED = "full speed"
PACED = "paced"
SHARED = "sessions on one connection"
OWN = "sessions on connections of their own"
LONG_WINDOW = "12s"  # of C++ with 1,000 streams: it writes nothing before
N_MAX = "16777215"
KIB = 1024
MS = 1e6


@dataclasses.dataclass(frozen=True)
class Side:
    name: str
    measure: Callable[[], dict]
    rounds: Optional[int] = None  # the side takes part in this many rounds; None: in all


@dataclasses.dataclass(frozen=True)
class Line:
    """A figure of ours, alone or against another side's. The goal, a sign and a bound, is for the ratio of the two
    figures; where there is no other side, or the line is absolute, it is for ours."""

    what: str
    figure: str
    against: Optional[str] = None
    goal: Optional[tuple] = None
    absolute: bool = False


@dataclasses.dataclass(frozen=True)
class Workload:
    title: str
    sides: list  # ours first
    lines: list
    rounds: int = 5
    plot: Optional[tuple] = None  # the panel of a plot, FULL_SPEED and its like, and how many streams


class Commands:
    """The commands of the programs in a build folder. `programs` are the paths of those that were asked for."""

    def __init__(self, build):
        self.build = build
        self.programs = set()

    def program(self, name):
        path = f"{self.build}/{name}"
        self.programs.add(path)
        return path

    def server(self, side, mode="stateless", interval="0", max_numbers="65535", size="0"):
        if side == CEILING:
            return [self.program("bench/ceiling-send"), size]
        if side == OURS:
            return [
                self.program("comms-server"),
                *"--port 0 --listen 127.0.0.1 --log-level error --drain-timeout 0 --max-streams 40000".split(),
                *f"--mode {mode} --interval {interval} --max-numbers {max_numbers}".split(),
            ]
        return [self.program("bench/peer-go" if side == GO else "bench/peer-callback"), "--interval", interval]

    def read(self, side, streams, options, mode="stateless", interval="0", rounds=None, size="0"):
        """A side that serves streams to raw-reader, with padding of this size in each message."""
        server = self.server(side, mode, interval, size=size)
        mode = "stateless" if side == CEILING else mode  # the ceiling knows no session
        reader = [self.program("bench/raw-reader"), "--mode", mode, "--interval", interval, *options.split()]
        reader += ["--size", size] if size != "0" else []  # a reader of before knows no size
        return Side(side, functools.partial(measure.read_streams, server, reader, streams), rounds)

    def read_encrypted(self, side, streams, options, mode):
        """A side that serves streams over TLS to raw-reader."""
        reader = [self.program("bench/raw-reader"), "--mode", mode, "--interval", "0", *options.split()]
        files = [f"{self.build}/bench/tls-{part}.pem" for part in ("certificate", "key")]
        return Side(side, functools.partial(measure.read_encrypted, self.server(side, mode), reader, streams, *files))


def title(what, streams, connections, *more):
    where = f"{streams:,} stream{'s' * (streams > 1)}"
    if connections > 1 or streams > 1:
        where += f" on {connections:,} connection{'s' * (connections > 1)}"
    return ", ".join([what, where, *more])

"""What is measured, in which order, with which goals: for `make bench`, and less of it for `make bench-quick`.

The peers write nothing before a stream has some 3,700 numbers, 64 KiB: their numbers come in bursts, on all streams at
a time. The windows in which they are measured hold several bursts; ours may be shorter, since we have none.
"""

import contextlib
import dataclasses
import functools
import pathlib

import measure
import padded
from sides import (
    BEFORE,
    CEILING,
    CPP,
    FULL_SPEED,
    GO,
    KIB,
    LONG_WINDOW,
    Line,
    MEMORY,
    MS,
    NO_ADMIN,
    N_MAX,
    OURS,
    OWN,
    PACED,
    SHARED,
    Side,
    Workload,
    title,
)


def full_speed(commands, mode, streams, connections, lines, window="500ms", peers=None, plot_cpp=None):
    """Ours and the sides that a line is against. `peers` is the peers' window, if not ours; `plot_cpp` is the window of
    a single run in C++ for the plot, where no line is against C++."""
    windows = {GO: peers or window, CPP: plot_cpp or peers or window}
    against = [OURS, *(side for side in (CEILING, GO, CPP) if any(line.against == side for line in lines))]
    rounds = {}
    if plot_cpp:
        against.append(CPP)
        rounds[CPP] = 1

    def side(name):
        options = f"--connections {connections} --warmup 100ms --duration {windows.get(name, window)}"
        return commands.read(name, streams, options, mode, rounds=rounds.get(name))

    return Workload(
        title("full speed", streams, connections, mode),
        [side(name) for name in against],
        lines,
        plot=(FULL_SPEED, streams) if mode == "stateless" and connections in (1, 10) else None,
    )


def speed_goals(side, speed, per_cpu=None):
    lines = [Line("numbers/s", "numbers_per_s", side, (">=", speed))]
    if per_cpu:
        lines.append(Line("numbers a CPU-second", "numbers_per_cpu_s", side, (">=", per_cpu)))
    return lines


ONE_STREAM = [*speed_goals(GO, 1.05, 1.8), *speed_goals(CPP, 2)]
HUNDRED_ON_1 = [*speed_goals(GO, 1.15, 2), *speed_goals(CPP, 3)]
HUNDRED_ON_4 = speed_goals(GO, 1.4, 1.3)
THOUSAND_ON_10 = [*speed_goals(GO, 1.4, 1.5), Line("memory", "server_rss_bytes", GO, ("<=", 0.2))]
FAIR = Line("slowest stream to mean, in 5 s", "slowest_share", None, (">=", 0.9))


def one_stream(mode):
    bound = 1.1 if mode == "stateless" else 1.12  # a stateful number is counted in its session, too
    return [Line("server CPU a number", "cpu_ns", CEILING, ("<=", bound)), *ONE_STREAM]


def paced(commands, mode, streams, connections, interval, window, warmup="0", goals=False, rounds=5, cpp=False):
    """The ramp spreads the ticks over the whole interval. A number's lateness is counted from the stream's promptest
    number so far: the longer the warm-up, the better the figure."""
    options = f"--connections {connections} --ramp {interval} --warmup {warmup} --duration {window}"
    stream_kib = 24 if mode == "stateless" else 30
    lines = [
        Line("server CPU a number", "cpu_ns", GO, ("<=", 1.2) if goals else None),
        Line("memory a stream", "stream_bytes", GO, ("<=", stream_kib * KIB) if goals else None, absolute=True),
        Line("lateness p50", "late_p50_ns", GO, absolute=True),
        Line("lateness p99", "late_p99_ns", GO, ("<=", 3 * MS) if goals else None, absolute=True),
        Line("lateness max", "late_max_ns", GO, absolute=True),
    ]
    sides = [commands.read(side, streams, options, mode, interval) for side in (OURS, GO)]
    if cpp:  # for the plot: no line is against C++ here
        sides.append(commands.read(CPP, streams, options, mode, interval, rounds=1))
    pace = f"one in {interval.removesuffix('s')} s".replace("one in 1 s", "one a second")
    return Workload(
        title("paced, " + pace, streams, connections, mode, *rounds_text(rounds)),
        sides,
        lines,
        rounds,
        plot=(PACED, streams) if mode == "stateless" else None,
    )


def paced_by_core(commands, streams, connections):
    """As `paced`, read by a client on C core: its frames of flow control cost the server as much again as the numbers.
    CPU and memory are measured over three numbers a stream, after as many."""

    def side(name):
        arguments = [str(streams), str(connections), "START", str(3 * streams), "1000"]
        receive = commands.program("bench/ceiling-receive")
        return Side(
            name, functools.partial(measure.read_by_core, commands.server(name, interval="1s"), receive, arguments, streams)
        )

    return Workload(
        title("paced, one a second, read by a C core client", streams, connections, "stateless"),
        [side(OURS), side(GO)],
        [
            Line("server CPU a number", "cpu_ns", GO, ("<=", 0.9)),
            Line("memory a stream", "stream_bytes", GO, ("<=", 1.3)),
        ],
        rounds=3,
    )


def encrypted(commands, streams, connections, windows):
    """`windows`: by side, of one run each where a long one is needed. Each side chooses the cipher as it likes."""

    def side(name):
        options = f"--connections {connections} --warmup 200ms --duration {windows[name]}"
        side = commands.read_encrypted(name, streams, options, "stateless")
        return dataclasses.replace(side, rounds=1) if windows[name] == LONG_WINDOW else side

    return Workload(
        title("TLS", streams, connections, "stateless"),
        [side(name) for name in (OURS, GO, CPP)],
        [
            line
            for peer in (GO, CPP)
            for line in (
                Line("numbers/s", "numbers_per_s", peer, (">=", 1)),
                Line("server CPU a number", "cpu_ns", peer, ("<=", 1)),
            )
        ],
    )


def rounds_text(rounds):
    return [] if rounds == 5 else [f"{rounds} run{'s' * (rounds > 1)} a side"]


def resumes(commands, position, times, goal=None, rounds=5):
    def side(name):
        server = commands.server(name, "stateful", max_numbers=position)
        reader = [commands.program("bench/raw-reader"), "--mode", "stateful", "--numbers", position, "--resumes", times]
        return Side(name, functools.partial(measure.read_resumes, server, reader))

    return Workload(
        ", ".join([f"resume at {int(position):,}, {times} times", *rounds_text(rounds)]),
        [side(OURS), side(GO)],
        [
            Line("CONTINUE to both answers, p50", "resume_p50_ns", GO, absolute=True),
            Line("CONTINUE to both answers, p99", "resume_p99_ns", GO, goal, absolute=True),
        ],
        rounds,
    )


def short_sessions(commands, streams, connections, duration, goals=(None, None), rounds=5):
    """`goals`: of sessions a second, to grpc-go and to C++."""
    options = f"--connections {connections} --numbers 10 --warmup 100ms --duration {duration}"
    return Workload(
        title("sessions of 10 numbers", streams, connections, *rounds_text(rounds)),
        [commands.read(side, streams, options, "stateful") for side in (OURS, GO, CPP)],
        [
            Line("sessions/s", "sessions_per_s", GO, goals[0] and (">=", goals[0])),
            Line("sessions/s", "sessions_per_s", CPP, goals[1] and (">=", goals[1])),
            Line("server CPU a session", "session_cpu_ns", CPP),
        ],
        rounds,
        plot=(SHARED if connections == 1 else OWN, streams),
    )


def file_store(commands, what, connections, options, line):
    """The same server with a new file and without one."""
    path = pathlib.Path(commands.build, "bench", "sessions")

    def read(*arguments):
        path.unlink(missing_ok=True)
        return measure.read_streams(*arguments)

    def side(name, place):
        server = [*commands.server(OURS, "stateful"), "--store", place]
        reader = [commands.program("bench/raw-reader"), "--mode", "stateful", "--interval", "0", *options.split()]
        return Side(name, functools.partial(read, server, [*reader, "--connections", str(connections)], 100))

    sides = [side(OURS, f"file:{path}"), side(MEMORY, "memory")]
    return Workload(title(what, 100, connections, "file store"), sides, [line])


def scraped(commands, streams, connections):
    """The same server with an admin port that is read once a second, and without one."""
    options = f"--connections {connections} --warmup 100ms --duration 3s --mode stateless --interval 0"
    reader = [commands.program("bench/raw-reader"), *options.split()]

    def side(name, more, beside):
        server = [*commands.server(OURS), "--log-level", "notice", *more]
        return Side(name, functools.partial(measure.read_streams, server, reader, streams, beside))

    return Workload(
        title("full speed", streams, connections, "stateless", "with --admin, read once a second"),
        [side(OURS, ["--admin", "127.0.0.1:0"], measure.scraping), side(NO_ADMIN, [], contextlib.nullcontext)],
        [
            Line("server CPU a number", "cpu_ns", NO_ADMIN, ("<=", 1.02)),
            Line("numbers/s", "numbers_per_s", NO_ADMIN, (">=", 0.98)),
        ],
    )


def idle_sessions(commands):
    return Workload(
        "a million idle sessions",
        [Side(OURS, functools.partial(measure.evict_sessions, [commands.program("bench/idle-sessions")]))],
        [
            Line("memory a session", "session_bytes", None, ("<=", 128)),
            Line("evicting them all", "evict_ns"),
            Line("longest hold of a lock", "longest_hold_ns", None, ("<=", 1 * MS)),
            Line("the same, without interruptions", "longest_hold_cpu_ns"),
            Line("live stream's speed, to before", "live_share", None, (">=", 0.95)),
        ],
    )


def client(commands, mode, streams, connections, numbers, duration="1s"):
    """Both sides receive about as many numbers, at full speed, and enough to make their start count for little.

    A stateful session ends by itself. A stateless one ends when END has reached the server: the numbers that the server
    had sent by then come too, cost CPU, and are not counted. Only ours has them.
    """
    server = commands.server(OURS, mode, max_numbers=N_MAX)
    where = ["--streams", str(streams), "--connections", str(connections)]
    ours = [commands.program("comms-client"), "--mode", mode, "--interval", "0", *where]
    if mode == "stateless" and streams == 1:
        ours += ["--duration", duration, "--numbers", "65535"]  # the most of a session: several follow each other
    else:
        ours += ["--numbers", str(numbers // streams)]
    start = "START" if mode == "stateless" else f"START %s {N_MAX}"
    ceiling = [str(streams), str(connections), start, str(numbers)]
    receive = commands.program("bench/ceiling-receive")
    note = ["surplus not counted"] if mode == "stateless" else []
    return Workload(
        title("client", streams, connections, mode, *note),
        [
            Side(OURS, functools.partial(measure.verify_numbers, server, ours)),
            Side(CEILING, functools.partial(measure.receive_numbers, server, receive, ceiling)),
        ],
        [Line("client CPU a number", "cpu_ns", CEILING, ("<=", 1.3))],
    )


def paced_client(commands, streams, connections, numbers):
    """Both sides receive these numbers on each stream, and then end: enough for the start and the end, with which ours is
    charged alone, to count for little."""
    rounds = 2
    server = commands.server(OURS, "stateful", "1s", max_numbers=N_MAX)
    where = ["--streams", str(streams), "--connections", str(connections)]
    ours = [commands.program("comms-client"), "--mode", "stateful", "--interval", "1s", "--ramp", "1s", *where]
    ceiling = [str(streams), str(connections), f"START %s {N_MAX}", str(numbers * streams), "1000"]
    receive = commands.program("bench/ceiling-receive")
    return Workload(
        title("client, paced, one a second", streams, connections, "stateful", *rounds_text(rounds)),
        [
            Side(OURS, functools.partial(measure.verify_numbers, server, [*ours, "--numbers", str(numbers)])),
            Side(CEILING, functools.partial(measure.receive_paced, server, receive, ceiling)),
        ],
        [Line("client CPU a number", "cpu_ns", CEILING, ("<=", 1.1))],
        rounds,
    )


def generator(commands):
    return Workload(
        "generator and checksum",
        [Side(OURS, functools.partial(measure.compute_numbers, [commands.program("bench/sequence-cost")]))],
        [Line("CPU a number", "number_ns", None, ("<=", 5)), Line("seeding", "seed_ns")],
    )


def against(before, after):
    """The same workloads of two builds, in turn: ours now, and ours as it was. What was added since, such as counters
    and limits, may cost 2 % of full speed in all."""
    for old, new in zip(before, after):
        goals = {"cpu_ns": ("<=", 1.02), "numbers_per_s": (">=", 0.98)} if new.title.startswith(FULL_SPEED) else {}
        figures = {
            line.figure: dataclasses.replace(line, against=BEFORE, goal=goals.get(line.figure)) for line in new.lines
        }
        sides = [new.sides[0], dataclasses.replace(old.sides[0], name=BEFORE)]
        yield Workload(new.title, sides, list(figures.values()), new.rounds)


def full(commands):
    for mode in ("stateless", "stateful"):
        yield full_speed(commands, mode, 1, 1, one_stream(mode))
    # Fairness shows in 5 s: our stateless runs last so long.
    for mode, window, fair, plot_cpp in (("stateless", "5s", [FAIR], LONG_WINDOW), ("stateful", "500ms", [], None)):
        yield full_speed(commands, mode, 100, 1, HUNDRED_ON_1 + fair, window, "2s")
        yield full_speed(commands, mode, 100, 4, HUNDRED_ON_4 + fair, window, "2s")
        yield full_speed(commands, mode, 1000, 10, THOUSAND_ON_10 + fair, window, "3s", plot_cpp)
    for streams, connections in ((1, 1), (100, 1), (100, 4)):
        yield padded.full_speed(commands, streams, connections)
    for mode in ("stateless", "stateful"):
        plotted = mode == "stateless"
        yield paced(commands, mode, 1000, 10, "1s", "1s", cpp=plotted)
        yield paced(commands, mode, 10000, 100, "1s", "1s", "1s", goals=True, cpp=plotted)
        # The ramp alone takes 10 s, so there is time for one run a side only.
        yield paced(commands, mode, 30000, 100, "10s", "1s", rounds=1, cpp=plotted)
    yield paced_by_core(commands, 10000, 100)
    yield encrypted(commands, 1, 1, {OURS: "1s", GO: "1s", CPP: "1s"})
    yield encrypted(commands, 1000, 10, {OURS: "1s", GO: "3s", CPP: LONG_WINDOW})
    yield resumes(commands, "65535", "500", ("<=", 1 * MS))
    # And here for one too: each side has to send all these numbers first.
    yield resumes(commands, N_MAX, "5", rounds=1)
    yield short_sessions(commands, 100, 1, "500ms", goals=(0.7, 1.15))
    yield short_sessions(commands, 100, 100, "500ms", goals=(1.2, None))
    for streams in (2, 10, 30):  # for the plot: fewer streams at a time are fewer sessions a second
        for connections in (1, streams):
            yield short_sessions(commands, streams, connections, "300ms", rounds=3)
    sessions = Line("sessions/s", "sessions_per_s", MEMORY, (">=", 0.5))
    yield file_store(commands, "sessions of 10 numbers", 100, "--numbers 10 --warmup 100ms --duration 2s", sessions)
    number = Line("server CPU a number", "cpu_ns", MEMORY, ("<=", 1.02))
    yield file_store(commands, "numbers", 4, "--warmup 100ms --duration 500ms", number)
    yield scraped(commands, 100, 4)
    yield idle_sessions(commands)
    for mode in ("stateless", "stateful"):
        yield client(commands, mode, 1, 1, 1_200_000)
        yield client(commands, mode, 1000, 10, 1_000_000)
    yield padded.client(commands, 100_000)
    yield paced_client(commands, 10000, 100, 15)
    yield generator(commands)


def quick(commands):
    yield full_speed(commands, "stateless", 1, 1, one_stream("stateless"), "300ms")
    yield full_speed(commands, "stateful", 100, 4, HUNDRED_ON_4, "300ms", "700ms")
    yield padded.full_speed(commands, 1, 1, "300ms")
    yield paced(commands, "stateless", 10000, 100, "1s", "1s", goals=True)
    yield resumes(commands, "65535", "200", ("<=", 1 * MS))
    yield short_sessions(commands, 100, 1, "200ms", goals=(0.7, 1.15))
    yield client(commands, "stateful", 1, 1, 600_000)
    yield generator(commands)

"""Runs programs, and tells what they cost by the kernel's own account.

A program that is started here has ended, and was waited for, when the call returns: also after a failure or Ctrl-C.
"""

import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

RUN_LIMIT_S = 180
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
ADMIN_LISTENING = re.compile(r"\"admin listening\" address=(\S+)\n")
LOG_LIMIT_S = 10
SCRAPE_S = 1
PAGE_BYTES = os.sysconf("SC_PAGESIZE")


class Failed(Exception):
    """Something could not be measured."""


class Child:
    """A process, for a `with` statement: at its end the process has ended."""

    def __init__(self, command, stdout):
        self.command = command
        self.errors = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=self.errors)
        except OSError as error:
            raise Failed(f"cannot run {command[0]}: {error.strerror}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A server is killed, not asked to stop: it has nothing to save, and the end of ten thousand threads takes time.
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()

    def wait(self):
        """The exit status, and the CPU time that the process used, in ns."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode, round((usage.ru_utime + usage.ru_stime) * 1e9)

    def describe(self):
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip()
        return f"  command: {' '.join(self.command)}\n  stderr:  {said or '(nothing)'}"


def run(command):
    """The output of a program, and its CPU time in ns."""
    with tempfile.TemporaryFile() as output, Child(command, output) as child:
        status, cpu_ns = child.wait()
        if status != 0:
            raise Failed(f"exit status {status}\n{child.describe()}")
        output.seek(0)
        return output.read().decode(), cpu_ns


def parse(text, command):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"no JSON: {text[:200]!r}\n  command: {' '.join(command)}") from error


class Server:
    """A server that says on which port it listens, the kernel's choice."""

    def __init__(self, child):
        line = child.process.stdout.readline().decode()
        found = LISTENING.match(line)
        if not found:
            raise Failed(f"the server does not say where it listens, but {line!r}")
        self.port = found[1]
        self.pid = child.process.pid
        self.log = child.errors

    def admin_address(self):
        """Of a server with --admin. The log is written by a thread of its own, so the line may come late."""
        deadline = time.monotonic() + LOG_LIMIT_S
        while time.monotonic() < deadline:
            found = ADMIN_LISTENING.search(os.pread(self.log.fileno(), 65536, 0).decode())
            if found:
                return found[1]
            time.sleep(0.01)
        raise Failed("the server does not say where its admin port is")

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * PAGE_BYTES


@contextlib.contextmanager
def serving(command):
    with Child(command, subprocess.PIPE) as child:
        try:
            yield Server(child)
        except Failed as failure:
            raise Failed(f"{failure}\nThe server:\n{child.describe()}") from failure


@contextlib.contextmanager
def scraping(server):
    """Reads /metrics once a second, as Prometheus does."""
    url = f"http://{server.admin_address()}/metrics"
    stop = threading.Event()
    lengths = []

    def scrape():
        while not stop.is_set():
            with urllib.request.urlopen(url, timeout=LOG_LIMIT_S) as answer:
                lengths.append(len(answer.read()))
            stop.wait(SCRAPE_S)

    thread = threading.Thread(target=scrape)
    began = time.monotonic()
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if len(lengths) < (time.monotonic() - began) / SCRAPE_S - 1 or not all(lengths):
        raise Failed(f"{url} was read {len(lengths)} times only")


# --- one run: figures by name; a name ends in its unit (_ns, _bytes, _per_s) or has none ----------------------------


def read_streams(server_command, reader_command, streams, beside=contextlib.nullcontext):
    """raw-reader's figures of streams that run for some time, and the figures that follow from them. `beside` is what
    else is done with the server meanwhile."""
    with serving(server_command) as server:
        empty_bytes = server.rss_bytes()
        command = [*reader_command, "--port", server.port, "--pid", str(server.pid), "--streams", str(streams)]
        with beside(server):
            figures = parse(run(command)[0], command)
    if figures["numbers"] == 0:
        raise Failed(f"no number came in the time measured\n  command: {' '.join(command)}")
    elapsed_s = figures["elapsed_ns"] / 1e9
    message_bytes = figures.get("bytes", 0)  # the reader of an older checkout counts none
    return figures | {
        "numbers_per_s": figures["numbers"] / elapsed_s,
        "sessions_per_s": figures["sessions"] / elapsed_s,
        "message_bytes_per_s": message_bytes / elapsed_s,
        "cpu_ns": figures["server_cpu_ns"] / figures["numbers"],
        "kib_cpu_ns": figures["server_cpu_ns"] / max(1, message_bytes / 1024),
        "session_cpu_ns": figures["server_cpu_ns"] / max(1, figures["sessions"]),
        "numbers_per_cpu_s": figures["numbers"] / (figures["server_cpu_ns"] / 1e9),
        "slowest_share": figures["slowest"] * streams / figures["numbers"],
        "empty_bytes": empty_bytes,
        "stream_bytes": (figures["server_rss_bytes"] - empty_bytes) / streams,
    }


def read_encrypted(server_command, reader_command, streams, certificate, key):
    """The same over TLS, with a certificate that is made where there is none."""
    if not (os.path.exists(certificate) and os.path.exists(key)):
        curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
        command = f"openssl req -x509 {curve} -nodes -days 3650 -subj /CN=localhost -keyout {key} -out {certificate}"
        run(command.split())
    tls = ["--tls-cert", certificate, "--tls-key", key]
    return read_streams([*server_command, *tls], [*reader_command, "--tls"], streams)


def read_by_core(server_command, program, arguments, streams):
    """What streams cost a server whose client stands on C core, too: a run of ceiling-receive."""
    with serving(server_command) as server:
        empty_bytes = server.rss_bytes()
        command = [program, server.port, *arguments, str(server.pid)]
        figures = parse(run(command)[0], command)
    return figures | {
        "cpu_ns": figures["server_cpu_ns"] / figures["numbers"],
        "stream_bytes": (figures["server_rss_bytes"] - empty_bytes) / streams,
    }


def read_resumes(server_command, reader_command):
    with serving(server_command) as server:
        command = [*reader_command, "--port", server.port, "--pid", str(server.pid)]
        return parse(run(command)[0], command)


def free_port():
    """A port of 127.0.0.1 that nobody has, for a program that cannot say which one the kernel has chosen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def send_by_tcp(program, connections):
    """What TCP itself can do: a second of iperf3, whose client sends. Its CPU is that of the client, from start to end."""
    port = free_port()
    server = [program, "--server", "--one-off", "--bind", "127.0.0.1", "--port", port, "--forceflush"]
    with Child(server, subprocess.PIPE) as child:
        if not any(b"listening" in line for line in child.process.stdout):
            raise Failed(f"the server of iperf3 has ended\n{child.describe()}")
        command = [program, "--client", "127.0.0.1", "--port", port, "--time", "1", "--json"]
        command += ["--parallel", str(connections)]
        text, cpu_ns = run(command)
    received = parse(text, command)["end"]["sum_received"]
    return received | {
        "sender_cpu_ns": cpu_ns,
        "message_bytes_per_s": received["bytes"] / received["seconds"],
        "kib_cpu_ns": cpu_ns / (received["bytes"] / 1024),
    }


def client_figures(numbers, cpu_ns):
    return {"numbers": numbers, "client_cpu_ns": cpu_ns, "cpu_ns": cpu_ns / numbers}


def verify_numbers(server_command, client_command):
    """A run of comms-client, which must have proven every number."""
    with serving(server_command) as server:
        command = [*client_command, "--port", server.port, "--json-stream", "-", "--quiet", "--report-every", "1h"]
        text, cpu_ns = run(command)
        end = parse(text.splitlines()[-1], command)["end"]
        if end["outcome"] != "proven" or end["counts"]["breaks"] > 0:
            raise Failed(f"the client's verdict: {end['proof']}\n  command: {' '.join(command)}")
        return client_figures(end["counts"]["numbers"], cpu_ns)


def receive_numbers(server_command, program, arguments):
    """A run of ceiling-receive, which throws away what comes."""
    with serving(server_command) as server:
        command = [program, server.port, *arguments]
        text, cpu_ns = run(command)
        return client_figures(parse(text, command)["numbers"], cpu_ns)


def receive_paced(server_command, program, arguments):
    """The same of calls that begin one after the other."""
    with serving(server_command) as server:
        command = [program, server.port, *arguments, str(server.pid)]
        figures = parse(run(command)[0], command)
        return client_figures(figures["numbers"], figures["cpu_ns"])


def evict_sessions(command):
    """A run of idle-sessions, which measures by itself."""
    figures = parse(run(command)[0], command)
    return figures | {
        "session_bytes": figures["bytes_each"],
        "live_share": figures["live_during_per_s"] / figures["live_before_per_s"],
    }


def compute_numbers(command):
    """A run of sequence-cost, which measures by itself."""
    figures = parse(run(command)[0], command)
    return figures | {"number_ns": figures["ns_per_number"]}


# --- runs in turn ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def limit(seconds):
    def give_up(*_):
        raise Failed(f"it takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def take_turns(workload):
    """The runs of all sides in turn, A B C A B C …: a change on the machine meanwhile meets all sides."""
    runs = []
    for turn in range(workload.rounds):
        for side in workload.sides:
            if side.rounds is not None and turn >= side.rounds:
                continue
            began = time.time()
            try:
                with limit(RUN_LIMIT_S):
                    figures = side.measure()
            except Failed as failure:
                raise Failed(f"{workload.title}: {side.name}, run {turn + 1}: {failure}") from failure
            runs.append({"side": side.name, "round": turn + 1, "began": began, "figures": figures})
    return runs


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}


def figures_of(runs, side, figure):
    return [run["figures"][figure] for run in runs if run["side"] == side]


def judge(workload, line, runs):
    """A row of the table: our median, the other side's, and what the goal judges. That is our figure where the line is
    absolute or has no other side, else the median of the rounds' ratios: the two runs of a round are neighbours in time.
    """
    ours = figures_of(runs, workload.sides[0].name, line.figure)
    judged = spread(ours)
    row = {"workload": workload.title, "what": line.what, "figure": line.figure, "ours": judged}
    if line.against:
        theirs = figures_of(runs, line.against, line.figure)
        row |= {"against": line.against, "theirs": spread(theirs)}
    if line.against and not line.absolute:
        if 0 in theirs:
            raise Failed(f"{workload.title}: {line.what} of {line.against} is nothing: {theirs}")
        row["ratio"] = judged = spread([our / their for our, their in zip(ours, theirs)])
    if line.goal:
        sign, bound = line.goal
        met = judged["median"] <= bound if sign == "<=" else judged["median"] >= bound
        row |= {"goal": {"sign": sign, "bound": bound}, "met": met}
    return row

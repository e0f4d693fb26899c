"""Asks the admin port of a running comms-server: python3 test/e2e/admin PART TARGET ADMIN PID PROMTOOL.

PART is `metrics` or `requests`. Ends with 1 at the first thing that is wrong. The server gets SIGTERM at the end, twice,
while clients of the admin port hang.
"""

import os
import re
import select
import signal
import subprocess
import sys
import time

import grpc

from asking import RPC, Stream, WAIT_S, ask, connect, expect, last_number, metrics, wait_for

HANG_S = 10  # after which the server closes clients that hang
LONG = 60000  # numbers of a session that lasts longer than the test
UUIDS = [f"a17417a0-aa39-40b5-8675-24771300000{i}" for i in range(8)]


def check_promtool(admin, promtool):
    if promtool:
        _, _, text = ask(admin, "/metrics")
        run = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        expect(run.returncode == 0 and run.stdout + run.stderr == "", f"promtool: {run.stdout}{run.stderr}")


def check_finished_sessions(channel, admin):
    """A finished session gives way to another one, unless the machine is so busy that it times out before. Returns how
    many sessions there were."""
    count = 0
    deadline = time.monotonic() + WAIT_S
    while metrics(admin)['comms_sessions_evicted_total{reason="full",state="finished"}'] == 0:
        expect(time.monotonic() < deadline, "no finished session gave way")
        for i in 3, 5:
            expect(Stream(channel, f"START {UUIDS[i]} 1").end() == "OK", "a short session")
            count += 1
    wait_for(admin, 'comms_sessions_evicted_total{reason="timeout",state="finished"}',
             count - metrics(admin)['comms_sessions_evicted_total{reason="full",state="finished"}'], "the others timed out")
    return count


def check_metrics(target, admin, promtool):
    """Each thing that happens moves its metric."""
    channel = grpc.insecure_channel(target)
    before = metrics(admin)
    expect(all(value == 0 for name, value in before.items() if name.startswith("grpc_")), "nothing has happened yet")
    expect(before["process_threads"] > 5 and before["process_open_fds"] > 5, "threads and descriptors")
    expect(abs(before["process_start_time_seconds"] - time.time()) < 60, "start time")
    starts = {metrics(admin)["process_start_time_seconds"] for _ in range(50)}
    expect(len(starts) == 1, f"it has started once, not at {starts}")

    first = Stream(channel, f"START {UUIDS[0]} {LONG}")
    number = last_number(first, 3)
    after = metrics(admin)
    expect(after['comms_sessions{state="owned"}'] == 1, "a session is owned")
    expect(after["comms_streams"] == 1 and after["comms_connections"] == 1, "a stream lives, a connection is open")
    expect(after[f"grpc_server_msg_sent_total{{{RPC}}}"] >= 3, "messages were sent")
    expect(after[f"grpc_server_msg_received_total{{{RPC}}}"] == 1, "a message came")
    expect(after["comms_lateness_seconds_count"] >= 3, "lateness is counted")
    expect(after["comms_sessions_started_total"] == 1, "a session was started")

    second = Stream(channel, f"CONTINUE {UUIDS[0]} {number}")
    code = first.end()
    expect(code == "ABORTED", f"the first stream has lost its session: {code}")
    wait_for(admin, "comms_resumes_total", 1, "a session was resumed")
    wait_for(admin, "comms_takeovers_total", 1, "a session was taken over")
    wait_for(admin, f'grpc_server_handled_total{{{RPC},grpc_code="Aborted"}}', 1, "a stream was aborted")
    wait_for(admin, 'comms_streams_failed_total{error="session_continued_on_another_stream"}', 1, "its error")

    wait_for(admin, "comms_streams", 1, "the first stream has left its place")
    third = Stream(channel, f"START {UUIDS[1]} {LONG}")
    wait_for(admin, 'comms_sessions{state="owned"}', 2, "two sessions")
    expect(Stream(channel, f"START {UUIDS[2]} 1").end() == "RESOURCE_EXHAUSTED", "a third session is too many")
    wait_for(admin, 'comms_streams_failed_total{error="too_many_sessions"}', 1, "a session was refused")
    third.cancel()
    wait_for(admin, f'grpc_server_handled_total{{{RPC},grpc_code="Canceled"}}', 1, "a cancelled stream")
    wait_for(admin, 'comms_sessions_evicted_total{reason="timeout",state="idle"}', 1, "a client that did not come back")
    short = check_finished_sessions(channel, admin)
    second.cancel()
    wait_for(admin, 'comms_sessions_evicted_total{reason="timeout",state="idle"}', 2, "the second client is gone, too")
    expect(Stream(channel, f"CONTINUE {UUIDS[0]} 5").end() == "NOT_FOUND", "that session is gone")
    wait_for(admin, 'comms_streams_failed_total{error="uuid_has_no_session"}', 1, "a resume that came too late")

    wait_for(admin, "comms_streams", 0, "all have left their places")
    held = [Stream(channel, f"START {UUIDS[6 + i]} {LONG}") for i in range(2)] + [Stream(channel, "hello")]
    wait_for(admin, 'comms_sessions{state="owned"}', 2, "two sessions")
    unknown = channel.unary_unary("/grpc.Comms/Nothing")
    try:
        unknown(b"", timeout=WAIT_S)
    except grpc.RpcError:
        pass
    wait_for(admin, 'comms_streams_refused_total{reason="unknown_method"}', 1, "an unknown method")
    check_promtool(admin, promtool)
    for stream in held:
        stream.cancel()
    wait_for(admin, "comms_streams", 0, "all streams have ended")
    after = metrics(admin)
    count = after[f'grpc_server_handling_seconds_count{{{RPC}}}']
    expect(count == after[f"grpc_server_started_total{{{RPC}}}"] == 8 + short, f"{count} streams have lived")
    channel.close()
    wait_for(admin, "comms_connections", 0, "the connection is closed")


def check_requests(admin):
    for path, body in ("/healthz", "ok\n"), ("/readyz", "ready\n"):
        status, head, got = ask(admin, path)
        expect((status, got) == (200, body), f"{path}: {status} {got}")
        for line in "cache-control: no-store", "content-security-policy: default-src 'none'", "nosniff":
            expect(line in head, f"{line} is missing of {head}")
        expect("access-control" not in head, "no page elsewhere may read it")
    for path in "/nothing", "/healthz%00x", "/healthz%00", "/healthz%2500", "%00/healthz":
        expect(ask(admin, path)[0] == 404, f"an unknown path: {path}")
    expect(ask(admin, "/%68ealthz")[0] == 200, "an escaped letter")
    status, head, body = ask(admin, "/metrics", "HEAD")
    expect(status == 200 and body == "" and re.search(r"content-length: \d{4,}", head), "HEAD has no body")
    for method in "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW":
        headers = ("Host: localhost", "Content-Length: 5", "Content-Type: text/plain", "Connection: close")
        status, head, _ = ask(admin, "/metrics", method, headers, b"hello")
        expect(status == 405 and "allow: get, head" in head, f"{method}: {status}")
    for host, wanted in (
        ("127.0.0.1:9464", 200),
        ("[::1]", 200),
        ("comms.internal", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ):
        status = ask(admin, "/readyz", "GET", (f"Host: {host}",))[0]
        expect(status == wanted, f"Host {host}: {status}")
    for hosts in (2, 3):
        status = ask(admin, "/readyz", "GET", hosts * ("hOst: localhost",))[0]
        expect(status == 400, f"{hosts} Host headers: {status}")
    expect(ask(admin, "/readyz", "GET", ("X: y",))[0] == 200, "who has no Host header is no browser")
    status = ask(admin, "/readyz", "GET", ("Host: localhost", "X: " + 40000 * "y"))[0]
    expect(status in (400, 413, 431), f"headers that are too long: {status}")


def hang(admin, count):
    """Clients that say nothing, half a request, or do not read."""
    clients = []
    for i in range(count):
        client = connect(admin)
        client.sendall((b"", b"GET /metrics HTT", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")[i % 3])
        clients.append(client)
    return clients


def main():
    part, target, admin, pid, promtool = sys.argv[1:]
    if part == "metrics":
        check_metrics(target, admin, promtool)
    else:
        check_requests(admin)
    clients = hang(admin, 60)
    begin = time.monotonic()
    expect(ask(admin, "/healthz")[0] == 200, "it answers beside clients that hang")
    expect(time.monotonic() < begin + HANG_S - 1, "clients that hang keep others out until their time-out")
    os.kill(int(pid), signal.SIGTERM)
    deadline = time.monotonic() + WAIT_S
    while (answer := ask(admin, "/readyz"))[0] == 200:
        expect(time.monotonic() < deadline, "it is never unready")
    expect(answer[0] == 503 and "stopping" in answer[2], f"/readyz in a drain: {answer}")
    expect(metrics(admin)['comms_serving{service=""}'] == 0, "not serving in a drain")
    expect(ask(admin, "/healthz")[0] == 200, "alive in a drain")
    time.sleep(1.1)  # a signal within a second of the first one counts as the same
    clients += hang(admin, 10)
    process = os.pidfd_open(int(pid))
    os.kill(int(pid), signal.SIGTERM)
    expect(select.select([process], [], [], HANG_S - 1)[0], "clients of the admin port hold the stop up")
    print("ok", flush=True)


main()

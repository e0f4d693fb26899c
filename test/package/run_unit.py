"""Starts comms-server as its unit says, in the place of systemd, and has comms-client prove a session.

Then it looks at the page, the metrics and the health, and drains the server.

Takes from the unit what can be done without systemd: ExecStart, Environment, EnvironmentFile, a user without rights,
no new privileges, and the kernel's filter of RestrictAddressFamilies and MemoryDenyWriteExecute. An argument is the
mode that the server must have.
"""

import ctypes
import os
import re
import shlex
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

import grpc

NOBODY = 65534
FAMILIES = {"AF_UNIX": socket.AF_UNIX, "AF_INET": socket.AF_INET, "AF_INET6": socket.AF_INET6}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN, AND = 0x20, 0x15, 0x06, 0x54
ALLOW, REFUSE, EAFNOSUPPORT, EPERM = 0x7FFF0000, 0x00050000, 97, 1
NUMBER, ARGUMENT_0, ARGUMENT_2 = 0, 16, 32  # offsets in what a filter sees of a system call
SOCKET, MMAP = 41, 9  # of x86-64
WRITE, EXECUTE = 2, 4


def settings(path):
    """The settings of a unit; of several with one name the last."""
    with open(path, encoding="utf-8") as unit:
        return dict(re.findall(r"^(\w+)=(.*)$", unit.read(), re.MULTILINE))


def environment_of(unit, more):
    """What the server gets, and what is put into its command line."""
    variables = dict(word.split("=", 1) for word in shlex.split(unit["Environment"]))
    with open(unit["EnvironmentFile"].lstrip("-"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    variables.update((name, shlex.split(value)[0]) for name, value in (line.split("=", 1) for line in lines))
    return {**variables, **more}


def filter_of(families):
    """socket() of other families fails, and so does memory that can be written and executed."""
    code = [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, len(families) + 3, SOCKET), (LOAD, 0, 0, ARGUMENT_0)]
    for i, family in enumerate(families):
        code.append((JUMP_EQUAL, len(families) - i, 0, family))
    code += [(RETURN, 0, 0, REFUSE | EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)]
    code += [(JUMP_EQUAL, 0, 4, MMAP), (LOAD, 0, 0, ARGUMENT_2), (AND, 0, 0, WRITE | EXECUTE)]
    code += [(JUMP_EQUAL, 0, 1, WRITE | EXECUTE), (RETURN, 0, 0, REFUSE | EPERM), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code), len(code)


def confine(unit):
    """In the new process: what the unit takes away."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.uname().machine == "x86_64":
        code, count = filter_of([FAMILIES[name] for name in unit["RestrictAddressFamilies"].split()])
        buffer = ctypes.create_string_buffer(code)
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", count, ctypes.addressof(buffer)))
        if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no seccomp")


def await_message(manager, text):
    message = ""
    while text not in message:
        message = manager.recv(4096).decode()


def await_line(stream, pattern):
    while not (found := re.search(pattern, line := stream.readline())):
        if line == "":
            sys.exit(f"no line has {pattern}")
    return found


def get(admin, path):
    """The status and the text of an answer of the admin port."""
    try:
        with urllib.request.urlopen(f"http://{admin}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def look(admin, port, health, ready):
    """The page, the metrics, readiness, and gRPC's health."""
    status, page = get(admin, "/")
    if status != 200 or "comms-server" not in page:
        sys.exit(f"the status page: {status} {page[:500]}")
    status, metrics = get(admin, "/metrics")
    if status != 200 or 'grpc_method="GetNumbers"} 1\n' not in metrics:
        sys.exit(f"the metrics: {status} {metrics[:500]}")
    if get(admin, "/readyz")[0] != ready:
        sys.exit(f"/readyz is not {ready}")
    check = grpc.insecure_channel(f"127.0.0.1:{port}").unary_unary("/grpc.health.v1.Health/Check")
    if check(b"", timeout=20) != (b"\x08\x01" if health == "SERVING" else b"\x08\x02"):
        sys.exit(f"health is not {health}")


def main():
    unit = settings("/lib/systemd/system/comms-server.service")
    mode = sys.argv[1] if len(sys.argv) > 1 else "stateless"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("/run/notify")
        os.chmod("/run/notify", 0o777)
        manager.settimeout(20)
        told = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "200000", "COMMS_PORT": "0"}
        told |= {"COMMS_ADMIN": "127.0.0.1:0", "COMMS_DRAIN_DELAY": "60s"}
        environment = environment_of(unit, told)
        command = unit["ExecStart"].replace("$OPTIONS", environment["OPTIONS"]).split()
        server = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: confine(unit),
        )
        try:
            await_message(manager, "READY=1")
            admin = await_line(server.stderr, r'event="admin listening" address=(\S+)').group(1)
            line = server.stdout.readline()
            port = re.fullmatch(rf"listening on 127\.0\.0\.1:(\d+) \({mode}\)\n", line).group(1)
            subprocess.run(["comms-client", "-m", mode, "-p", port, "2"], check=True)
            await_message(manager, "WATCHDOG=1")
            look(admin, port, "SERVING", 200)
            server.terminate()
            await_message(manager, "STOPPING=1")
            look(admin, port, "NOT_SERVING", 503)  # it still serves, as balancers need time to notice
            time.sleep(1.1)  # a signal within a second of the first one counts as the same
            server.terminate()
            if server.wait(20) != 0:
                sys.exit(f"the server ended with {server.returncode}")
        finally:
            server.kill()
    os.unlink("/run/notify")


main()

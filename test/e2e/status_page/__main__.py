"""Looks at the status page of a running comms-server:
python3 test/e2e/status_page PART TARGET ADMIN PID CLIENT BROWSER FOLDER.

PART is `content`, `stateless`, `browser` or `channelz`. Ends with 1 at the first thing that is wrong. FOLDER is empty,
for the browser. The caller ends the server.
"""

import base64
import hashlib
import json
import os
import re
import signal
import sys
import time

import browser
from looking import WAIT_S, Stream, ask, channel_of, expect, run_client, wait_until


def page_of(admin):
    status, head, text = ask(admin, "/")
    expect(status == 200 and "Content-Type: text/html" in head, f"/: {status}")
    return text


def figure(text, name):
    """The big number of a figure."""
    found = re.search(rf"<dt>{name}</dt><dd>([\d,.]+)", text)
    expect(found, f"no figure {name}")
    return float(found[1].replace(",", ""))


def has_drawn(text, name):
    """Whether the plot of this name has something to show."""
    return re.search(rf'id="{name}".*?aria-label="{name}, in the last 60 s: at most [1-9]', text, re.S)


def wait_for_page(admin, what, is_right):
    return wait_until(what, lambda: page_of(admin), is_right)


def page_beside_client(admin, arguments, what, is_right, mode="stateful", statuses=(0, 4)):
    """The page as it must be beside a client. Where the machine is so busy that the client ends before, one that runs
    longer is started."""
    seconds = 6
    while True:
        run = run_client(*arguments, "-d", f"{seconds}s", mode=mode)
        text = wait_for_page(admin, what, lambda text: is_right(text) or run.poll() is not None)
        expect(run.wait() in statuses, f"the client ended with {run.returncode}")
        if is_right(text):
            return text
        seconds *= 2
        expect(seconds < WAIT_S, f"{text[-4000:]}\nthis is not {what}")


def check_markup(text):
    """Elements end in their order; nothing comes from elsewhere, and no whole uuid is shown."""
    opened = []
    for end, name, rest in re.findall(r"<(/?)([a-z0-9]+)((?:\"[^\"]*\"|[^>\"])*)>", re.sub(r"<script>.*?</script>", "", text, flags=re.S)):
        if end:
            expect(opened and opened.pop() == name, f"</{name}> ends nothing")
        elif name != "meta" and not rest.endswith("/"):
            opened.append(name)
    expect(opened == [], f"not ended: {opened}")
    for never in "src=", "href=", "url(", "@import", "http:", "https:", "style=", "onload=", "nan", "inf%":
        expect(never not in text, f"{never} is on the page")
    expect(not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text), "a whole uuid is on the page")


def check_policy(head, text):
    """The policy names our script and our style sheet by their hashes, and nothing else."""
    expect("unsafe" not in head and "default-src 'none'" in head, f"the policy: {head}")
    for element, directive in ("script", "script-src"), ("style", "style-src"):
        bodies = re.findall(rf"<{element}>(.*?)</{element}>", text, flags=re.S)
        expect(len(bodies) == 1, f"{len(bodies)} elements {element}")
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        expect(f"{directive} 'sha256-{digest}';" in head, f"the hash of {element}")


UUID = "a17417a0-aa39-40b5-8675-24771300000{}"


def check_content(target, admin, pid, client):
    status, head, text = ask(admin, "/")
    check_policy(head, text)
    check_markup(text)
    expect("nothing so far" in text and "there is no session" in text, "nothing has happened yet")
    expect(figure(text, "Live streams") == 0 and figure(text, "Sessions") == 0, "no stream yet")
    expect("In a second there is something to draw" in text or "<svg class=\"plot\"" in text, "plots, or why not")
    expect(ask(admin, "/", "HEAD")[::2] == (200, ""), "HEAD has no body")
    expect(ask(admin, "/", "POST")[0] == 405, "no writes")
    expect(ask(admin, "/", headers=("Host: evil.example",))[0] == 403, "no other hosts")

    # A cut takes five of the streams away for half a second, and there are five cuts a second.
    text = page_beside_client(admin, (client, target, "-s", "20", "-c", "4", "--interval", "20ms", "--chaos", "cut=200ms"),
                              "live streams, numbers and resumes, and something in each plot",
                              lambda text: figure(text, "Live streams") >= 5 and figure(text, "Numbers") > 100
                              and figure(text, "Resumes") > 0
                              and all(has_drawn(text, name) for name in ("Numbers", "Streams", "Sessions", "Resumes")))
    check_markup(text)
    expect(text.count("<svg class=\"plot\"") == 4, "four plots")

    channel = channel_of(target)
    held = [Stream(channel, f"START {UUID.format(i)} 60000") for i in range(3)]
    text = wait_for_page(admin, "three owned sessions", lambda text: len(re.findall(r"<td>owned|what\">owned", text)) >= 3)
    expect(f"<code>{UUID[:8]}</code>" in text, "its uuid, shortened")
    expect(re.search(r"of 60,001</td><td>(127|\[::ffff).*?:\d+</td>", text), "what was sent, and the client's address")
    held[0].cancel()
    text = wait_for_page(admin, "an idle session", lambda text: ">idle<" in text)
    expect(re.search(r"evicted in [12]\d s", text), "when it is evicted")
    expect(Stream(channel, "CONTINUE " + UUID.format(9) + " 7").end() == "NOT_FOUND", "a session that is not there")
    others = [channel_of(target) for _ in range(4)]  # a connection takes half of the streams
    more = [Stream(others[i % 4], f"START {i:08x}{UUID[8:].format(0)} 60000") for i in range(48)]
    text = wait_for_page(admin, "refusals", lambda text: "--max-streams, or no threads" in text)
    row = re.search(r"uuid has no session</td><td class=\"number\">(\d+)</td><td class=\"number\">(\d+)", text)
    expect(row and row[1] == row[2] != "0", "the error, and how often it was in the last minutes")
    for stream in held + more:
        stream.cancel()
    for one in [channel, *others]:
        one.close()
    os.kill(pid, signal.SIGTERM)
    text = wait_for_page(admin, "the drain", lambda text: "<h1>Draining</h1>" in text)
    expect("<title>Draining" in text and "NOT_SERVING" in text, "the drain")


def check_stateless(target, admin, client):
    text = page_beside_client(admin, (client, target, "-s", "10", "-c", "2", "--interval", "20ms"), "streams",
                              lambda text: figure(text, "Live streams") == 10 and figure(text, "Numbers") > 0,
                              mode="stateless", statuses=(0,))
    check_markup(text)
    expect("Oldest sessions" not in text and "<dt>Sessions" not in text, "it has no sessions")
    expect(text.count("<svg class=\"plot\"") == 2, "two plots")


def channelz(admin, query=""):
    status, head, text = ask(admin, "/debug/channelz" + query)
    expect(status == 200 and "Content-Type: application/json" in head, f"channelz{query}: {status} {text}")
    return json.loads(text)


def check_channelz(target, admin, client):
    servers = channelz(admin)["server"]
    expect(len(servers) == 1, "one server")
    server = servers[0]["ref"]["serverId"]
    run = run_client(client, target, "-s", "20", "-c", "4", "-d", "2s", "--interval", "20ms", "--chaos", "cut=100ms")
    before = looks = 0
    deadline = time.monotonic() + WAIT_S
    while looks < 20 or before == 0:  # while connections come and go
        looks += 1
        expect(time.monotonic() < deadline, "no call was counted")
        data = channelz(admin, f"?server_id={server}")["server"]["data"]
        calls = int(data.get("callsStarted", "0"))
        expect(calls >= before, "calls are counted")
        before = calls
        channelz(admin, f"?start_server_id={server}")
        expect("end" in channelz(admin, f"?server_id={server}&start_socket_id=0&max_results=5"), "its sockets")
        channelz(admin, "?start_channel_id=0")
        for socket in range(1, 12):
            status, _, text = ask(admin, f"/debug/channelz?socket_id={socket}")
            expect(status in (200, 404), f"socket {socket}: {status}")
            if status == 200:
                expect(json.loads(text)["socket"]["ref"]["socketId"] == str(socket), f"socket {socket}")
    expect(run.wait() in (0, 4), "the client's run")
    for query in ("?server_id=-1", "?server_id=", "?server_id", "?server_id=1x", "?server_id=99999999999999999999",
                  "?server=1", "?start_socket_id=0", "?server_id=1&socket_id=2", "?socket_id=%3Cb%3E"):
        status, _, text = ask(admin, "/debug/channelz" + query)
        expect(status == 400 and "server_id" in text, f"{query}: {status}")
    for query in "?server_id=77", "?socket_id=0", "?socket_id=9223372036854775807", "?channel_id=1", "?subchannel_id=1":
        expect(ask(admin, "/debug/channelz" + query)[0] == 404, f"{query} is not there")


def main():
    part, target, admin, pid, client, browser_path, folder = sys.argv[1:]
    if part == "content":
        check_content(target, admin, int(pid), client)
    elif part == "stateless":
        check_stateless(target, admin, client)
    elif part == "channelz":
        check_channelz(target, admin, client)
    else:
        run = run_client(client, target, "-s", "20", "-c", "4", "-d", "5m", "--interval", "20ms", "--chaos", "cut=500ms")
        wait_for_page(admin, "something in each plot",
                      lambda text: figure(text, "Numbers") > 100 and figure(text, "Resumes") > 0)
        browser.check(admin, browser_path, folder)
        run.kill()
        run.wait()
    print("ok", flush=True)


if __name__ == "__main__":
    main()

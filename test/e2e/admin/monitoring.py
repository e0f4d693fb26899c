"""Runs every query of server/monitoring in a Prometheus that reads a comms-server: python3 test/e2e/admin/monitoring.py
TARGET PROMETHEUS TEST_FILE DASHBOARD. Ends with 1 at the first thing that is wrong.

A query whose result stays empty, or is no number, is wrong; and so is a metric, a label or a label's value that is in no
sample, also where a rule needs none to be there.
"""

import json
import math
import re
import sys
import time
import urllib.parse
import urllib.request

import grpc

from asking import Stream, WAIT_S, expect, last_number

UUID = "a17417a0-aa39-40b5-8675-247713000001"
VARIABLES = {"job": "comms", "instance": "127.0.0.1:.+", "__rate_interval": "2m"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Alerts that a busy machine may be about to raise.
TIMED = {"CommsNumbersLate", "CommsStoreSlow"}


def call(prometheus, path, **parameters):
    url = f"http://{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        expect(False, f"{parameters}: {error.read().decode()}")


def has_numbers(prometheus, query):
    data = call(prometheus, "query", query=query)
    values = [data["result"]] if data["resultType"] == "scalar" else [series["value"] for series in data["result"]]
    return any(not math.isnan(float(value)) for _, value in values)


def await_numbers(prometheus, queries):
    """Each query has a result within some seconds."""
    for query in queries:
        deadline = time.monotonic() + WAIT_S
        while not has_numbers(prometheus, query):
            expect(time.monotonic() < deadline, f"no result: {query}")
            time.sleep(0.05)


def series(prometheus, query):
    return call(prometheus, "query", query=query)["result"]


# ---- Rules ----------------------------------------------------------------------------------------------------------

# What stands before a parenthesis, or joins two operands, is no metric.
LABELS = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
SELECTOR = re.compile(r"(?<![\w.:$])([a-zA-Z_:][\w:]*)(\{[^}]*\})?(?!\s*\(|[\w:])")
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}


def selectors(query):
    text = LABELS.sub(" ", query)
    text = re.sub(r"\[[^\]]*\]|\boffset\s+\w+", " ", text)
    found = {name + (labels or "") for name, labels in SELECTOR.findall(text) if name.lower() not in WORDS}
    expect(found, f"no metric in {query}")
    return found


def check_rules(prometheus, tests):
    rules = [rule for group in call(prometheus, "rules")["groups"] for rule in group["rules"]]
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    expect(len(alerts) >= 10 and len(rules) > len(alerts), f"{len(rules)} rules")
    await_numbers(prometheus, [rule["name"] for rule in rules if rule["type"] == "recording"])
    for alert in alerts:
        await_numbers(prometheus, sorted(selectors(alert["query"])))
        check_alert(alert, tests)
    for rule in (rule for group in call(prometheus, "rules")["groups"] for rule in group["rules"]):
        expect(rule["health"] == "ok", f"{rule['name']}: {rule.get('lastError')}")
        state = rule.get("state", "inactive")
        expect(rule["name"] in TIMED or state == "inactive", f"{rule['name']} is {state}, but all is well")
    return len(rules)


def check_alert(alert, tests):
    name = alert["name"]
    expect(alert["labels"].get("severity") in ("critical", "warning"), f"{name}: severity {alert['labels']}")
    expect(set(alert["annotations"]) == {"summary", "description"}, f"{name}: {alert['annotations']}")
    cases = re.findall(rf"alertname: {name}[,\n]\s*exp_alerts:( \[\]|\n)", tests)
    expect(" []" in cases and "\n" in cases, f"{name}: a case that fires and one that does not, not {cases}")


# ---- The dashboard --------------------------------------------------------------------------------------------------


def fill(text):
    """The query as Grafana sends it."""
    for name, value in VARIABLES.items():
        text = text.replace(f"${name}", value)
    expect("$" not in text, f"an unknown variable: {text}")
    return text


def check_layout(panels):
    """No two panels lie on each other, none reaches beyond the page, and each id is the only one."""
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        expect(not cells & taken and all(x < 24 for x, _ in cells), f"no room: {panel['title']}")
        taken |= cells
    expect(len({panel["id"] for panel in panels}) == len(panels), "two panels have one id")


def queries_of(dashboard):
    for annotation in dashboard["annotations"]["list"]:
        expect(annotation["datasource"] == DATASOURCE, f"{annotation['name']}: {annotation['datasource']}")
        yield fill(annotation["expr"])
    for panel in dashboard["panels"]:
        expect(panel["title"], "a panel without a title")
        if panel["type"] == "row":
            continue
        expect(panel["datasource"] == DATASOURCE and panel["description"] and panel["targets"], panel["title"])
        expect(len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]), panel["title"])
        for target in panel["targets"]:
            expect(target["datasource"] == DATASOURCE, f"{panel['title']}: {target['datasource']}")
            yield fill(target["expr"])


def check_variables(prometheus, variables):
    expect(variables[0] == {**variables[0], "name": "datasource", "type": "datasource", "query": "prometheus"}, variables[0])
    expect([variable["name"] for variable in variables[1:]] == ["job", "instance"], "job and instance")
    for variable in variables[1:]:
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        values = {sample["metric"].get(found[2]) for sample in series(prometheus, fill(found[1]))}
        expect(values and all(values), f"{variable['name']}: {values}")


def check_dashboard(prometheus, path):
    with open(path, encoding="utf-8") as file:
        dashboard = json.load(file)
    expect(dashboard["schemaVersion"] >= 36 and "id" not in dashboard and dashboard["uid"], "of Grafana 9 or later, to be imported")
    check_variables(prometheus, dashboard["templating"]["list"])
    check_layout(dashboard["panels"])
    queries = list(queries_of(dashboard))
    await_numbers(prometheus, queries)
    for query in queries:
        await_numbers(prometheus, sorted(selectors(query)))
    return len(queries)


# ---- The server -----------------------------------------------------------------------------------------------------


def keep_busy(target):
    """A session that is resumed, and then runs on. Returns its stream, and what it needs."""
    channel = grpc.insecure_channel(target)
    first = Stream(channel, f"START {UUID} 60000")
    number = last_number(first, 2)
    first.cancel()
    second = Stream(channel, f"CONTINUE {UUID} {number}")
    last_number(second, 1)
    return second, channel


def main():
    target, prometheus, tests, dashboard = sys.argv[1:]
    # What happens from now on is seen. Prometheus looks at a new target after 5 s only.
    await_numbers(prometheus, ["comms_build_info"])
    stream, channel = keep_busy(target)
    with open(tests, encoding="utf-8") as file:
        rules = check_rules(prometheus, file.read())
    queries = check_dashboard(prometheus, dashboard)
    stream.cancel()
    channel.close()
    print(f"ok - {rules} rules, {queries} queries of the dashboard", flush=True)


main()

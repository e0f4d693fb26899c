#!/usr/bin/python3
"""Measures comms against the bare C core and against servers that others would write: `make bench`.

Prints a table, and writes every single figure as JSON, and a plot. Ends with 0 when all was measured, whether goals are
met or not; with 1 when something could not be measured; with 130 after Ctrl-C.
"""

import argparse
import datetime
import os
import signal
import sys
import time

import measure
import padded
import report
import sides
import workloads

EXIT_MEASURED = 0
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures comms against the ceilings and its peers.")
    parser.add_argument("--build", default="build", help="the folder of the programs (build)")
    parser.add_argument("--quick", action="store_true", help="fewer rows, shorter runs")
    parser.add_argument("--only", default="", metavar="TEXT", help="only what has this in its title")
    parser.add_argument("--against", metavar="BUILD", help="compare with the programs in this folder, not with peers")
    parser.add_argument("--list", action="store_true", help="print the titles and exit")
    return parser.parse_args()


def plan(arguments):
    """The workloads to measure. Nothing is run yet: a program that is missing is told of at once."""
    choose = workloads.quick if arguments.quick else workloads.full
    commands = [sides.Commands(build) for build in (arguments.build, arguments.against) if build]
    everything = [list(choose(of_build)) for of_build in commands]
    compared = list(workloads.against(everything[1], everything[0])) if arguments.against else everything[0]
    chosen = [workload for workload in compared if arguments.only in workload.title]
    if not chosen:
        raise measure.Failed(f"nothing has {arguments.only!r} in its title; --list prints them")
    programs = set().union(*(of_build.programs for of_build in commands))
    missing = sorted(path for path in programs if not os.access(path, os.X_OK))
    if missing:
        raise measure.Failed(f"missing: {' '.join(missing)} (`make bench` builds all)")
    if any(map(padded.is_part_missing, chosen)):
        print("bench: no iperf3 here: what TCP itself can do is left out", file=sys.stderr)
    return chosen


def measure_all(chosen):
    """The rows and runs of each workload, and the failures: a workload that fails does not stop the others."""
    results, failures = [], []
    began = time.monotonic()
    for number, workload in enumerate(chosen, 1):
        print(f"{time.monotonic() - began:4.0f} s  {number}/{len(chosen)}  {workload.title}", file=sys.stderr)
        try:
            runs = measure.take_turns(workload)
            results.append((workload, runs, [measure.judge(workload, line, runs) for line in workload.lines]))
        except measure.Failed as failure:
            print(f"bench: {failure}", file=sys.stderr)
            failures.append(str(failure))
    return results, failures


def bench(arguments):
    chosen = plan(arguments)
    if arguments.list:
        print("\n".join(workload.title for workload in chosen))
        return EXIT_MEASURED
    machine = report.machine(arguments.build)
    began = datetime.datetime.now(datetime.timezone.utc)
    results, failures = measure_all(chosen)
    took = datetime.datetime.now(datetime.timezone.utc) - began
    rows = [row for _, _, rows in results for row in rows]

    name = "against" if arguments.against else "part" if arguments.only else "quick" if arguments.quick else "bench"
    path = os.path.join(arguments.build, "bench", name)
    document = {
        "command": sys.argv,
        "date": began.isoformat(timespec="seconds"),
        "took_s": round(took.total_seconds(), 1),
        "machine": machine,
        "failures": failures,
        "rows": rows,
        "runs": [{"workload": workload.title, **run} for workload, runs, _ in results for run in runs],
    }
    report.write_json(f"{path}.json", document)
    plotted = [] if arguments.against else [(workload, runs) for workload, runs, _ in results]
    written = [f"{path}.json", *report.write_plots(path, plotted)]
    print(report.table(rows))
    print()
    print(report.summary(rows))
    print(report.describe(machine))
    print(f"{took.total_seconds():.0f} s; more is in {', '.join(written)}")
    for failure in failures:
        print(f"\nNot measured: {failure}")
    return EXIT_FAILED if failures else EXIT_MEASURED


def stop(number, _):
    sys.exit(128 + number)  # leaves every `with`, which ends the programs that run


def main():
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        return bench(parse_arguments())
    except measure.Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

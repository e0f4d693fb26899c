"""The table, the JSON and the plot of what was measured."""

import dataclasses
import datetime
import json
import os
import platform
import re
import subprocess
from typing import Optional

import measure
import workloads

# 107 characters with what stands between them.
COLUMNS = (("<", 32), (">", 9), ("<", 7), (">", 9), ("<", 25), ("<", 10), ("<", 3))
SCALES = {
    "ns": ((1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")),
    "bytes": ((1, "B"), (1024, "KiB"), (1024**2, "MiB"), (1024**3, "GiB")),
    "bytes_per_s": ((1, "B/s"), (1e3, "kB/s"), (1e6, "MB/s"), (1e9, "GB/s")),
    "per_s": ((1, ""), (1e3, "k"), (1e6, "M")),  # counts a second
    "per_cpu_s": ((1, ""), (1e3, "k"), (1e6, "M")),
}


def digits(value):
    """Three significant digits, and never an exponent."""
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:.{decimals}f}"


def scale_of(figure, value):
    """The divisor with which a figure is shown, and its unit."""
    units = sorted((unit for unit in SCALES if figure.endswith(f"_{unit}")), key=len)
    scales = SCALES[units[-1]] if units else ((1, ""),)
    return next((scale for scale in reversed(scales) if abs(value) >= 0.9995 * scale[0]), scales[0])


def show(figure, value):
    scale, unit = scale_of(figure, value)
    return f"{digits(value / scale)} {unit}".rstrip()


def show_spread(figure, of):
    scale, unit = scale_of(figure, of["median"])
    median, low, high = (digits(of[part] / scale) for part in ("median", "min", "max"))
    return f"{median} ({low}–{high}) {unit}".rstrip()


def show_goal(row):
    if "goal" not in row:
        return "", ""
    goal = row["goal"]
    if "ratio" in row:
        bound = f"{goal['bound']:g} x"
    else:
        scale, unit = scale_of(row["figure"], goal["bound"])
        bound = f"{goal['bound'] / scale:g} {unit}".rstrip()
    return f"{goal['sign']} {bound}", "yes" if row["met"] else "NO"


def table_line(*cells):
    return "  ".join(f"{cell:{align}{width}}" for cell, (align, width) in zip(cells, COLUMNS)).rstrip()


def table(rows):
    lines = [table_line("", "ours", "against", "theirs", "median (min–max)", "goal", "met")]
    title = None
    for row in rows:
        if row["workload"] != title:
            title = row["workload"]
            lines += ["", title]
        goal, met = show_goal(row)
        judged = show_spread(row["figure"], row["ours"])
        if "ratio" in row:
            judged = show_spread("ratio", row["ratio"]) + " x"
        lines.append(
            table_line(
                "  " + row["what"],
                show(row["figure"], row["ours"]["median"]),
                row.get("against", ""),
                show(row["figure"], row["theirs"]["median"]) if "theirs" in row else "",
                judged,
                goal,
                met,
            )
        )
    return "\n".join(lines)


def summary(rows):
    with_goal = [row for row in rows if "goal" in row]
    goals = f"\n{sum(row['met'] for row in with_goal)} of {len(with_goal)} goals met." if with_goal else ""
    return (
        "Medians of the runs. x: ours / theirs, each of two runs in turn. Without an x the spread is that of ours."
        + goals
    )


# --- the machine ----------------------------------------------------------------------------------------------------


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def package_version(package, library, program):
    """The version of a Debian package, or else the name of the library that a program is linked with."""
    found = output_of("dpkg-query", "--show", "--showformat", "${Version}", package)
    return found or (re.findall(rf"\b{library}\.so\S*", output_of("ldd", program)) or ["unknown"])[0]


def machine(build):
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        models = re.findall(r"^model name\s*:\s*(.*)$", cpuinfo.read(), re.MULTILINE)
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * measure.PAGE_BYTES,
        "load_before": os.getloadavg()[0],
        "grpc": package_version("libgrpc-dev", "libgrpc", f"{build}/comms-server"),
        "grpc++": package_version("libgrpc++-dev", r"libgrpc\+\+", f"{build}/bench/peer-callback"),
        "grpc-go": package_version("golang-google-grpc-dev", "none", f"{build}/bench/peer-go"),
        "iperf3": output_of("iperf3", "--version").partition(" (")[0],
    }


def describe(of):
    return (
        f"{of['cpu']}, {of['cores']} cores, Linux {of['kernel']}, gRPC {of['grpc']}, grpc-go {of['grpc-go']}, "
        f"{datetime.date.today()}"
    )


# --- the plot -------------------------------------------------------------------------------------------------------

# Colours of Okabe and Ito, which colour-blind people can tell apart; the shapes of the points differ too.
SERIES = (
    (workloads.OURS, "comms", "#0072B2", 7),
    (workloads.GO, "grpc-go", "#D55E00", 5),
    (workloads.CPP, "C++ callback API", "#009E73", 9),
)


@dataclasses.dataclass(frozen=True)
class Plot:
    suffix: str  # of its file's name
    title: str
    panels: tuple  # those of workloads, and their titles
    x_label: str
    y_label: str
    y: str  # figure in ns
    x: Optional[str] = None  # figure; None: how many streams, on a logarithmic axis


PLOTS = (
    Plot(
        "",
        "What a number costs: median, least and most of the runs",
        (
            (workloads.FULL_SPEED, "full speed"),
            (workloads.PACED, "paced: one a second, 30,000 streams one in 10 s"),
        ),
        "streams at a time",
        "server CPU a number, µs",
        "cpu_ns",
    ),
    Plot(
        "-sessions",
        "What a session of 10 numbers costs: 2 to 100 streams at a time",
        ((workloads.SHARED, "all on one connection"), (workloads.OWN, "each on a connection of its own")),
        "thousand sessions a second",
        "server CPU a session, µs",
        "session_cpu_ns",
        "sessions_per_s",
    ),
)

PLOT_HEAD = """
set terminal svg size 960,420 enhanced font 'Helvetica,Arial,sans-serif,14' background rgb '#ffffff'
set multiplot layout 1,{panels} title {title} font ',17' margins 0.08,0.98,0.14,0.76 spacing 0.09
{scale}
set xtics nomirror
set ytics nomirror
set border 3 lc rgb '#666666'
set grid ytics lc rgb '#dddddd' lw 1 lt 1
set xlabel {x_label}
set ylabel {y_label}
unset key
"""


def points_of(results, plot, panel):
    """By side: the count of streams, or thousands of what the x axis has, and the CPU in µs."""
    points = {}
    for workload, runs in results:
        if workload.plot and workload.plot[0] == panel:
            for side in workload.sides:
                x = workload.plot[1]
                if plot.x:
                    x = measure.spread(measure.figures_of(runs, side.name, plot.x))["median"] / 1e3
                costs = measure.spread([cost / 1e3 for cost in measure.figures_of(runs, side.name, plot.y)])
                points.setdefault(side.name, []).append((x, costs))
    return {side: sorted(at, key=lambda point: point[0]) for side, at in points.items()}


def quoted(text):
    """The text as a string of gnuplot."""
    return "'" + text.replace("'", "''") + "'"


def legend_script():
    """One legend for both panels, made of labels: gnuplot keeps a key within one panel."""
    return "".join(
        f"set label {quoted(legend)} at screen {0.28 + 0.17 * number},0.885 offset 1.5,-0.25"
        f" point pt {shape} ps 0.9 lc rgb '{colour}'\n"
        for number, (_, legend, colour, shape) in enumerate(SERIES)
    )


def x_axis(plot, points):
    places = sorted({x for at in points.values() for x, _ in at})
    if plot.x:
        return f"set xrange [0:{1.1 * places[-1]}]"
    ticks = ", ".join(f"'{x:,}' {x}" for x in places)
    return f"set xrange [{places[0] / 1.6}:{places[-1] * 1.6}]\nset xtics ({ticks})"


def panel_script(plot, panel, label, points):
    data, curves = [], []
    for name, _, colour, shape in SERIES:
        if name in points:
            block = f"${re.sub('[^a-z]', '_', (panel + name).lower())}"
            rows = [f"{x} {y['median']} {y['min']} {y['max']}" for x, y in points[name]]
            data.append("\n".join([f"{block} << EOD", *rows, "EOD"]))
            style = f"lc rgb '{colour}' lw 2 pt {shape} ps 0.9"
            curves.append(f"{block} with yerrorlines {style} notitle")
    highest = max(y["max"] for at in points.values() for _, y in at)
    return "\n".join(
        [
            *data,
            f"set title {quoted(label)} offset 0,-0.4",
            x_axis(plot, points),
            f"set yrange [0:{1.1 * highest}]",
            "plot " + ", ".join(curves),
            "unset label",  # the legend was drawn with the first panel
            "",
        ]
    )


def drawn(script):
    """The SVG that gnuplot draws, without a line of its own for the end of each group: a third fewer lines."""
    try:
        done = subprocess.run(["gnuplot"], input=script, capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise measure.Failed(f"cannot run gnuplot: {error.strerror}") from error
    if done.returncode != 0 or done.stderr:
        raise measure.Failed(f"gnuplot: {done.stderr.strip()}")
    return re.sub(r"\s*\n\s*(?=</)", "", done.stdout)


def write_plots(path, results):
    """Plots the workloads that belong into a plot, and returns the files; none where there is no workload."""
    written = []
    for plot in PLOTS:
        panels = [(panel, label, points_of(results, plot, panel)) for panel, label in plot.panels]
        panels = [panel for panel in panels if panel[-1]]
        if not panels:
            continue
        script = PLOT_HEAD.format(
            title=quoted(plot.title),
            panels=len(panels),
            scale="" if plot.x else "set logscale x",
            x_label=quoted(plot.x_label),
            y_label=quoted(plot.y_label),
        )
        script += legend_script() + "".join(panel_script(plot, *panel) for panel in panels)
        written.append(f"{path}{plot.suffix}.svg")
        svg = drawn(script)
        with open(written[-1], "w", encoding="utf-8") as file:
            file.write(svg)
    return written


def write_json(path, document):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, ensure_ascii=False)
        file.write("\n")

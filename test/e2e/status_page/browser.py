"""The status page in a browser, behind a proxy that counts the requests, changes the answers, and fails when told."""

import html
import http.server
import subprocess
import threading


from looking import ask, expect


class Proxy(http.server.ThreadingHTTPServer):
    """Answers each request for the page with change(number of the request, page); None: not at all."""

    daemon_threads = True

    def __init__(self, admin, change, policy=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.admin = admin
        self.change = change
        self.policy = policy  # in the place of the page's; None: the page's
        self.lock = threading.Lock()
        self.count = 0
        self.destinations = []  # `document` if the browser loads the page, `empty` if its script does
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        proxy = self.server
        if self.path != "/":
            self.send_error(404)
            return
        with proxy.lock:
            proxy.count += 1
            proxy.destinations.append(self.headers["Sec-Fetch-Dest"])
            number = proxy.count
        _, head, text = ask(proxy.admin, "/")
        text = proxy.change(number, text)
        if text is None:
            self.close_connection = True
            return
        body = text.encode()
        self.send_response(200)
        for line in head.splitlines()[1:]:
            name, value = line.split(": ", 1)
            if name == "Content-Security-Policy" and proxy.policy is not None:
                value = proxy.policy
            if name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def look(path, folder, url, *options, budget_ms=0):
    """The DOM at the end, and the browser's log."""
    arguments = [path, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
                 "--window-size=1280,900", "--enable-logging=stderr", *options]
    if budget_ms > 0:
        arguments.append(f"--virtual-time-budget={budget_ms}")
    run = subprocess.run([*arguments, "--dump-dom", url], capture_output=True, text=True, timeout=90, check=False)
    expect(run.returncode == 0, f"the browser ended with {run.returncode}: {run.stderr[-2000:]}")
    return run.stdout, run.stderr


def check_updates(admin, path, folder):
    """Each answer says its number. The third has a part that the page lacks: it is loaded again. After the fifth there is
    no answer any more."""

    def change(number, text):
        if number > 5:
            return None
        text = text.replace('<span id="seen">', f'<span id="seen">answer {number}, ')
        return text if number < 3 else text.replace("<footer>", '<footer><b id="new">new</b>')

    proxy = Proxy(admin, change)
    dom, log = look(path, folder, proxy.url(), budget_ms=20000)
    expect(proxy.destinations[:5] == ["document", "empty", "empty", "document", "empty"],
           f"what was asked: {proxy.destinations}")
    expect("not answering; as it was at answer 5," in dom, f"the last answer, and that there is none now: {log[-2000:]}")
    expect('<body class="stale">' in dom and '<b id="new">new</b>' in dom, "the page that was loaded again")
    expect(dom.count("<main>") == 1 and dom.count('id="figures"') == 1, "parts are replaced, not added")
    expect("violates" not in log and "Uncaught" not in log, f"the browser complains: {log[-2000:]}")
    proxy.shutdown()


def check_no_markup_runs(admin, path, folder):
    """If markup came into the page all the same, the policy would hold it."""
    evil = "<script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\"><b style='color:red'>b</b>"
    proxy = Proxy(admin, lambda _, text: text.replace("<footer>", "<footer>" + evil))
    dom, log = look(path, folder, proxy.url())
    expect("<title>Serving" in dom, "a script of others has run")
    expect(log.count("violates the following Content Security Policy") >= 3, f"the browser has not refused it: {log[-2000:]}")
    proxy.shutdown()


def check_without_scripts(admin, path, folder):
    proxy = Proxy(admin, lambda _, text: text, policy="sandbox")
    dom, log = look(path, folder, proxy.url())
    expect("<h1>Serving</h1>" in dom and dom.count('<svg class="plot"') == 4, f"a snapshot: {dom[:2000]}")
    expect('<noscript><meta http-equiv="refresh" content="10"></noscript>' in dom, "it is loaded again")
    expect("Uncaught" not in log, f"the browser complains: {log[-2000:]}")
    proxy.shutdown()


# Tells of each frame what is wrong: texts must not meet, leave the page, or be too small to be read.
MEASURE = """<pre></pre><script>onload = () => {
for (const frame of document.querySelectorAll('iframe')) {
  const page = frame.contentDocument, root = page.documentElement, wrong = [];
  const plots = page.querySelectorAll('svg.plot');
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  let drawn = 0;
  for (const plot of plots) {
    drawn += [...plot.querySelectorAll('.live')].some(line => line.getBoundingClientRect().width > 0);
    for (const kind of ['.x', '.y']) {
      const all = [...plot.querySelectorAll(kind)].map(t => t.getBoundingClientRect()).filter(box => box.width > 0);
      if (all.length < 2) wrong.push('few ' + kind);
      all.forEach((a, i) => {
        if (a.left < 0 || a.right > root.clientWidth) wrong.push(kind + ' leaves');
        if (a.height < 11) wrong.push(kind + ' is small');
        if (all.slice(i + 1).some(b => meet(a, b))) wrong.push(kind + ' meet');
      });
    }
  }
  for (const box of page.querySelectorAll('dd, dt, h1, h2, p, figcaption, header span')) {
    const place = box.getBoundingClientRect();
    if (place.left < 0 || place.right > root.clientWidth + 1) wrong.push(box.textContent + ' leaves');
  }
  if (root.scrollWidth > root.clientWidth) wrong.push('scrolls ' + root.scrollWidth);
  document.querySelector('pre').append(`${frame.width}: ${drawn} of ${plots.length} plots, wrong: ` +
    ([...new Set(wrong)].join(', ') || 'nothing') + ';');
}};</script>"""


def check_layout(admin, path, folder):
    """In frames of several widths, without the policy, which would not let them be measured."""
    _, _, text = ask(admin, "/")
    widths = 320, 390, 768, 1280
    frames = "".join(f'<iframe width="{width}" height="900" srcdoc="{html.escape(text)}"></iframe>' for width in widths)
    proxy = Proxy(admin, lambda *_: f"<!DOCTYPE html><html><body>{frames}{MEASURE}</body></html>", policy="frame-ancestors *")
    dom, log = look(path, folder, proxy.url())
    for width in widths:
        measured = dom[dom.rfind("<pre>") : dom.rfind("</pre>")]
        expect(f"{width}: 4 of 4 plots, wrong: nothing;" in measured, f"{width} px: {measured}")
    proxy.shutdown()


def check(admin, path, folder):
    check_updates(admin, path, folder)
    check_no_markup_runs(admin, path, folder)
    check_without_scripts(admin, path, folder)
    check_layout(admin, path, folder)

// Fetches the page again every two seconds while it is looked at, and replaces the parts that have changed.
"use strict";
(() => {
  const period = 2000;
  const patience = 10000;
  const ids = (page) => [...page.querySelectorAll("[id]")].map((part) => part.id).join(" ");
  let timer = 0;
  let isAsking = false;

  function replaceParts(page) {
    if (ids(page) !== ids(document)) {
      location.reload(); // another server by now, or another version
      return;
    }
    for (const fresh of page.querySelectorAll("[id]")) {
      const old = document.getElementById(fresh.id);
      if (old.outerHTML !== fresh.outerHTML) {
        old.replaceWith(fresh);
      }
    }
    document.title = page.title;
    document.body.classList.remove("stale");
  }

  function sayStale() {
    const seen = document.getElementById("seen");
    if (!document.body.classList.contains("stale")) {
      seen.setAttribute("role", "alert");
      seen.textContent = "not answering; as it was at " + seen.textContent;
      document.body.classList.add("stale");
    }
  }

  async function update() {
    clearTimeout(timer);
    if (isAsking || document.hidden) {
      return;
    }
    isAsking = true;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await fetch(location.pathname, {signal: stop.signal});
      if (!answer.ok) {
        throw new Error(answer.statusText);
      }
      replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      sayStale();
    }
    clearTimeout(limit);
    isAsking = false;
    timer = setTimeout(update, period);
  }

  document.addEventListener("visibilitychange", update);
  timer = setTimeout(update, period);
})();

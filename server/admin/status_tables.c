#include "server/admin/status_tables.h"

#include <inttypes.h>

static void put_count_cell(struct html *html, uint64_t count)
{
    html_put(html, "<td class=\"number\">");
    html_put_count(html, count);
    html_put(html, "</td>");
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static void put_refusal(struct html *html, size_t row, uint64_t recent, uint64_t count)
{
    html_put(html, "<tr><td class=\"what\">%s</td><td class=\"reason\">%s</td>",
             refusal_rows_what(row), refusal_rows_reason(row));
    put_count_cell(html, recent);
    put_count_cell(html, count);
    html_put(html, "</tr>\n");
}

void status_put_refusals(struct html *html, const struct snapshot *snapshot)
{
    const struct sampler_view *samples = &snapshot->samples;
    bool is_empty = true;
    html_put(html, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Refusals\">"
                   "<table>\n<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Reason</th>"
                   "<th scope=\"col\" class=\"number\">last 10 min</th>"
                   "<th scope=\"col\" class=\"number\">since the start</th></tr></thead>\n"
                   "<tbody id=\"refused\">\n");
    for (size_t i = 0; i < REFUSAL_ROWS; i++) {
        const uint64_t count = samples->last.refusals.counts[i];
        if (count > 0) {
            put_refusal(html, i, count - samples->oldest.refusals.counts[i], count);
            is_empty = false;
        }
    }
    if (is_empty) {
        html_put(html, "<tr><td class=\"nothing\" colspan=\"4\">nothing so far</td></tr>\n");
    }
    html_put(html, "</tbody>\n</table></div>\n");
}

/* ---- Sessions -------------------------------------------------------------------------------- */

/* As in the log: who knows the whole uuid can take the session. */
static void put_uuid(struct html *html, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    html_put(html, "<code>%.8s</code>", text);
}

static void put_session(struct html *html, const struct snapshot *snapshot,
                        enum session_state state, const struct session_view *view)
{
    static const char *const names[SESSION_STATES] = {
        [SESSION_OWNED] = "owned", [SESSION_IDLE] = "idle", [SESSION_FINISHED] = "finished"};
    html_put(html, "<tr><td>");
    put_uuid(html, &view->uuid);
    html_put(html, "</td><td class=\"what\">%s</td><td class=\"number\">", names[state]);
    html_put_duration(html, view->age_ns - view->age_ns % NS_PER_S);
    html_put(html, "</td><td class=\"number\">");
    html_put_count(html, view->sent);
    html_put(html, " of ");
    html_put_count(html, (uint64_t)view->n + 1);
    html_put(html, "</td><td>");
    if (state == SESSION_OWNED) {
        html_put_text(html, view->address);
    } else {
        const int64_t left_ns = snapshot->oldest.timeout_ns - view->age_ns;
        html_put(html, "evicted in ");
        html_put_duration(html, left_ns > 0 ? left_ns - left_ns % NS_PER_S : 0);
    }
    html_put(html, "</td></tr>\n");
}

void status_put_oldest(struct html *html, const struct snapshot *snapshot)
{
    size_t count = 0;
    html_put(html,
             "<p class=\"caption\">Of each state the %d that have been in it the longest. Owned: a "
             "stream has it; idle: its stream was lost before the end; finished: all was sent. A "
             "resume begins its time anew.</p>\n"
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"Oldest sessions\"><table>\n<thead><tr><th scope=\"col\">Session</th>"
             "<th scope=\"col\">State</th><th scope=\"col\" class=\"number\">for</th>"
             "<th scope=\"col\" class=\"number\">sent</th>"
             "<th scope=\"col\">Client, or eviction</th></tr></thead>\n<tbody id=\"oldest\">\n",
             OLDEST_SESSIONS_MAX);
    for (int state = 0; state < SESSION_STATES; state++) {
        for (size_t i = 0; i < snapshot->oldest.states[state].count; i++) {
            put_session(html, snapshot, (enum session_state)state,
                        &snapshot->oldest.states[state].items[i]);
            count++;
        }
    }
    if (count == 0) {
        html_put(html, "<tr><td class=\"nothing\" colspan=\"5\">there is no session</td></tr>\n");
    }
    html_put(html, "</tbody>\n</table></div>\n");
}

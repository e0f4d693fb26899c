#include "client/report/report_html_tables.h"

#include "client/measure/fail_on.h"
#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "client/report/violation_text.h"

#include <inttypes.h>

/* Opens a table in a box of its own, so that a table too wide scrolls, and not the page. */
static void begin(struct html *html, const char *label)
{
    html_put(html,
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
             "<table>\n<thead><tr>",
             label);
}

static void end(struct html *html)
{
    html_put(html, "</tbody>\n</table>\n</div>\n");
}

/* The heads of the columns. A leading '#', not shown, marks a column of numbers. */
static void put_heads(struct html *html, const char *const *heads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool numbers = heads[i][0] == '#';
        html_put(html, "<th scope=\"col\"%s>%s</th>", numbers ? " class=\"number\"" : "",
                 heads[i] + (numbers ? 1 : 0));
    }
    html_put(html, "</tr></thead>\n<tbody>\n");
}

static void put_count_cell(struct html *html, uint64_t count)
{
    html_put(html, "<td class=\"number\">");
    html_put_count(html, count);
    html_put(html, "</td>");
}

static void put_duration_cell(struct html *html, int64_t ns)
{
    html_put(html, "<td class=\"number\">");
    html_put_duration(html, ns);
    html_put(html, "</td>");
}

void report_html_put_conditions(struct html *html, const struct result *result)
{
    static const char *const heads[] = {"Fails on", "#Value", "Verdict"};
    const struct fail_on_list *list = &result->plan->fail_on;
    begin(html, "Bounds");
    put_heads(html, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < list->count; i++) {
        char value[FORMAT_SIZE];
        bool holds = fail_on_holds(&list->items[i], result);
        fail_on_format_value(&list->items[i], result, value);
        html_put(html, "<tr><th scope=\"row\"><code>");
        html_put_text(html, list->items[i].text);
        html_put(html, "</code></th><td class=\"number\">");
        html_put_text(html, value);
        html_put(html, "</td><td>%s</td></tr>\n",
                 holds ? "<strong class=\"bad\">✗ broken</strong>"
                       : "<span class=\"good\">✓ kept</span>");
    }
    end(html);
}

/* The kind of the violation, with its amount. */
static void put_finding(struct html *html, const struct violation *violation)
{
    html_put_text(html, violation_kind_name(violation->kind));
    if (violation->kind == VIOLATION_LOST || violation->kind == VIOLATION_ENDED_EARLY) {
        html_put(html, ": ");
        html_put_amount(html, violation->amount, "number");
    } else if (violation->kind == VIOLATION_PADDING) {
        html_put(html, " from byte %" PRIu64 " on", violation->amount);
    } else if (violation->kind == VIOLATION_LATE) {
        html_put(html, " by ");
        html_put_duration(html, (int64_t)violation->amount);
    }
    if (violation->after_resume) {
        html_put(html, "<small>right after a resume</small>");
    }
}

/* A number of the sequence has no separators, so that it can be searched for. */
static void put_message_cell(struct html *html, bool is_known, uint64_t message)
{
    if (is_known) {
        html_put(html, "<td class=\"number\">%" PRIu64 "</td>", message);
    } else {
        html_put(html, "<td class=\"number\">–</td>");
    }
}

static void put_violation(struct html *html, const struct violation *violation)
{
    html_put(html, "<tr>");
    put_duration_cell(html, violation->at_ns);
    html_put(html, "<td class=\"finding\">");
    put_finding(html, violation);
    html_put(html, "</td><td>");
    html_put_count(html, violation->stream);
    if (violation->has_uuid) {
        char uuid[UUID_TEXT_SIZE];
        uuid_format(&violation->uuid, uuid);
        html_put(html, "<small>%s</small>", uuid);
    }
    html_put(html, "</td>");
    put_count_cell(html, violation->position);
    put_message_cell(html, violation->has_expected, violation->expected);
    put_message_cell(html, violation->has_received, violation->received);
    html_put(html, "<td>");
    html_put_count(html, violation->connection);
    if (violation->address[0] != '\0') {
        html_put(html, "<small>");
        html_put_text(html, violation->address);
        html_put(html, "</small>");
    }
    html_put(html, "</td></tr>\n");
}

void report_html_put_violations(struct html *html, const struct result *result)
{
    static const char *const heads[] = {"#At",       "What",      "Stream",    "#Position",
                                        "#Expected", "#Received", "Connection"};
    html_put(html, "<p class=\"bad\">");
    html_put_amount(html, result->counts.violations, "violation");
    if (result->counts.violations > result->violation_count) {
        html_put(html, ", of which the first ");
        html_put_count(html, result->violation_count);
        html_put(html, " follow");
    }
    html_put(html, ".</p>\n");
    begin(html, "Violations");
    put_heads(html, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < result->violation_count; i++) {
        put_violation(html, &result->violations[i]);
    }
    end(html);
}

static void put_times(struct html *html, const char *name, const struct histogram *histogram)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
    if (histogram->count == 0) {
        return;
    }
    html_put(html, "<tr><th scope=\"row\">%s</th>", name);
    put_count_cell(html, histogram->count);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        put_duration_cell(html, histogram_quantile(histogram, quantiles[i]));
    }
    put_duration_cell(html, histogram->max);
    html_put(html, "</tr>\n");
}

void report_html_put_times(struct html *html, const struct result *result)
{
    static const char *const heads[] = {"Time", "#Measured", "#p50",    "#p90",
                                        "#p99", "#p99.9",    "#Longest"};
    begin(html, "Times");
    put_heads(html, heads, sizeof heads / sizeof *heads);
    put_times(html, "First number", &result->first);
    put_times(html, "Resume", &result->resume);
    put_times(html, "Gap between numbers", &result->gap);
    put_times(html, "Lateness", &result->late);
    end(html);
}

void report_html_put_addresses(struct html *html, const struct result *result)
{
    static const char *const heads[] = {"Address of the server", "#Connections", "#Streams"};
    begin(html, "Addresses");
    put_heads(html, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < result->addresses.count; i++) {
        const struct address_row *row = &result->addresses.rows[i];
        html_put(html, "<tr><th scope=\"row\">");
        html_put_text(html, row->address);
        html_put(html, "</th>");
        if (address_row_knows_connections(row)) {
            put_count_cell(html, row->connections);
        } else {
            html_put(html, "<td class=\"number\">–</td>");
        }
        put_count_cell(html, row->streams);
        html_put(html, "</tr>\n");
    }
    end(html);
}

static void put_spread_cell(struct html *html, struct spread spread)
{
    html_put(html, "<td class=\"number\">");
    html_put_duration(html, spread.median_ns);
    html_put(html, " <span class=\"minor\">± ");
    html_put_duration(html, spread.half_width_ns);
    html_put(html, "</span></td>");
}

static void put_break_row(struct html *html, const struct break_row *row, bool had_lived,
                          uint64_t of_all)
{
    char name[BREAK_NAME_SIZE];
    char hint[BREAK_HINT_SIZE];
    bool has_hint = break_row_hint(row, had_lived, hint);
    break_name(row->kind, name);
    html_put(html, "<tr%s><th scope=\"row\">", has_hint ? " class=\"hinted\"" : "");
    html_put_text(html, name);
    if (row->words[0] != '\0') {
        html_put(html, " <span class=\"minor\">such as: ");
        html_put_text(html, row->words);
        html_put(html, "</span>");
    }
    html_put(html, "</th>");
    put_count_cell(html, row->count);
    html_put(html, "<td class=\"number\">%.1f %%</td>", 100 * (double)row->count / (double)of_all);
    put_spread_cell(html, break_row_ages(row));
    put_spread_cell(html, break_row_silences(row));
    html_put(html, "</tr>\n");
    if (has_hint) {
        html_put(html, "<tr><td colspan=\"5\" class=\"hint\">");
        html_put_text(html, hint);
        html_put(html, "</td></tr>\n");
    }
}

static void put_break_table(struct html *html, const struct break_table *breaks, const char *label,
                            bool had_lived)
{
    const char *const heads[] = {"Cause", had_lived ? "#Breaks" : "#Failed attempts", "#Share",
                                 had_lived ? "#Age of the stream" : "#Age of the attempt",
                                 "#Silent before"};
    begin(html, label);
    put_heads(html, heads, sizeof heads / sizeof *heads);
    uint64_t in_rows = 0;
    for (size_t i = 0; i < breaks->row_count; i++) {
        put_break_row(html, &breaks->rows[i], had_lived, breaks->count);
        in_rows += breaks->rows[i].count;
    }
    if (breaks->count > in_rows) {
        html_put(html, "<tr><th scope=\"row\">other causes</th>");
        put_count_cell(html, breaks->count - in_rows);
        html_put(html, "<td colspan=\"3\"></td></tr>\n");
    }
    end(html);
    html_put(html,
             "<p class=\"caption\">Age and silence: the median, and ± half of what the middle "
             "half of the %s spans.</p>\n",
             had_lived ? "breaks" : "attempts");
}

void report_html_put_breaks(struct html *html, const struct result *result)
{
    put_break_table(html, &result->breaks, "What broke", true);
}

void report_html_put_failed_attempts(struct html *html, const struct result *result)
{
    put_break_table(html, &result->failed_attempts, "What failed before it began", false);
}

void report_html_put_unfinished(struct html *html, const struct result *result)
{
    static const char *const heads[] = {"#Streams", "Reason", "End", "#Such as stream"};
    html_put(html, "<p class=\"bad\">");
    html_put_amount(html, result->streams_unfinished, "stream");
    html_put(html, " did not receive everything.</p>\n");
    begin(html, "Unfinished streams");
    put_heads(html, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < result->unfinished_count; i++) {
        const struct unfinished *row = &result->unfinished[i];
        html_put(html, "<tr>");
        put_count_cell(html, row->streams);
        html_put(html, "<td class=\"reason\">");
        html_put_text(html, row->reason);
        html_put(html, "</td><td>%s</td>", outcome_name(row->outcome));
        put_count_cell(html, row->first);
        html_put(html, "</tr>\n");
    }
    end(html);
}

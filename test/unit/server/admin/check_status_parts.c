/* The state, the figures and the facts of the status page. */
#include "server/admin/status_parts.h"
#include "shared/base/clock.h"
#include "test/kit/status_text.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

static struct snapshot snapshot;
static struct admin_sources sources;
static struct store store;
static char *text;

static void read_store(struct store *of, struct store_status *ret_status)
{
    (void)of;
    (void)ret_status;
}

static void set_up(void)
{
    memset(&snapshot, 0, sizeof snapshot);
    store = (struct store){.status = read_store};
    /* The map is only looked at for being there. */
    sources = (struct admin_sources){.mode = "stateful",
                                     .max_streams = 5,
                                     .max_sessions = 7,
                                     .sessions = (void *)&store,
                                     .store = &store,
                                     .store_name = "file"};
    snapshot.sources = &sources;
    snapshot.is_serving[HEALTH_SERVER] = true;
    text = NULL;
}

static void tear_down(void)
{
    free(text);
}

static void write_part(void (*put)(struct html *html, const struct snapshot *snapshot))
{
    free(text);
    text = status_text_of(put, &snapshot);
}

static void expect_text(const char *wanted)
{
    ck_assert_msg(strstr(text, wanted) != NULL, "%s is not in %s", wanted, text);
}

static void expect_state(const char *word, const char *class)
{
    ck_assert_str_eq(status_word(&snapshot), word);
    write_part(status_put_state);
    expect_text(word);
    expect_text(class);
}

START_TEST(the_state_is_the_worst_that_is_so)
{
    const atomic_int_fast64_t lease = 0;
    expect_state("Serving", "proven");
    snapshot.sessions = (struct sessions_counts){.owned = 4, .idle = 3};
    expect_state("Full", "violated");
    expect_text("(--max-sessions)");
    snapshot.sessions.finished = 1; /* gives way */
    expect_state("Serving", "proven");
    snapshot.samples.last.streams = 4;
    expect_state("Serving", "proven");
    snapshot.samples.last.streams = 5;
    expect_state("Full", "violated");
    expect_text("(--max-streams)");
    snapshot.store.state = STORE_STATE_FULL;
    expect_state("Store full", "violated");
    snapshot.store.state = STORE_STATE_FAILING;
    expect_state("Store failing", "violated");
    expect_text("those that exist go on");
    store.owned_until = &lease;
    expect_state("Store failing", "violated");
    expect_text("live streams end");
    snapshot.store.state = STORE_STATE_FULL;
    expect_state("Store full", "violated");
    expect_text("started or resumed; live streams go on");
    snapshot.is_serving[HEALTH_STORE] = false;
    snapshot.is_serving[HEALTH_SERVER] = false;
    expect_state("Draining", "failed");
}
END_TEST

START_TEST(figures_are_of_the_last_seconds_and_of_all)
{
    struct sampler_view *samples = &snapshot.samples;
    samples->recent = (struct history_sample){.numbers = 1000, .resumes = 10, .cpu_ns = NS_PER_S};
    samples->last = (struct history_sample){.time_ns = 10 * NS_PER_S,
                                            .streams = 1234,
                                            .numbers = 6000,
                                            .resumes = 35,
                                            .cpu_ns = 6 * NS_PER_S};
    samples->last.refusals.counts[0] = 7;
    samples->oldest.refusals.counts[0] = 4;
    samples->counts.dialogue.lateness[6] = 100; /* by 100 ms at most */
    samples->counts.dialogue.lateness[7] = 2;
    samples->counts.dialogue.lateness[LATENESS_BOUNDS] = 1;
    snapshot.sessions.events.evicted_unfinished = 1;
    write_part(status_put_figures);
    expect_text("Live streams</dt><dd>1,234<");
    expect_text("Numbers</dt><dd>500 <span class=\"unit\">a second</span><small>6,000 since");
    expect_text("Resumes</dt><dd>2.5 <span class=\"unit\">a second</span><small>35 since");
    expect_text("CPU</dt><dd>50 ");
    expect_text("Late</dt><dd>3 <span class=\"unit\">numbers</span><small>by more than 100 ms, of "
                "103 ");
    expect_text("<dd>3 <span class=\"unit\">in 10 min</span><small>7 since");
    expect_text("Evicted</dt><dd>1 <span class=\"unit\">session</span>");
}
END_TEST

START_TEST(the_store_says_how_it_does)
{
    snapshot.store.state = STORE_STATE_FULL;
    write_part(status_put_facts);
    expect_text("Store</dt><dd>file, full<");
    expect_text("Store writes</dt><dd>0, 0 sessions waiting<");
    snapshot.store = (struct store_status){.latency = {.buckets = {2, 1}, .sum_ns = 9 * NS_PER_MS},
                                           .queue = 1,
                                           .writes = 1000,
                                           .refusals = 4};
    write_part(status_put_facts);
    expect_text("Store</dt><dd>file, works<");
    expect_text("Store writes</dt><dd>3, on average 3 ms, 1 session waiting<");
    expect_text("Written</dt><dd>1,000 sessions, 4 refused<");
    store.status = NULL; /* a store that is always well */
    write_part(status_put_facts);
    ck_assert_ptr_null(strstr(text, "Store writes"));
}
END_TEST

Suite *status_parts_suite(void)
{
    Suite *suite = suite_create("status-parts");
    TCase *tcase = tcase_create("parts");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_state_is_the_worst_that_is_so);
    tcase_add_test(tcase, figures_are_of_the_last_seconds_and_of_all);
    tcase_add_test(tcase, the_store_says_how_it_does);
    return suite;
}

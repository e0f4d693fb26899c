/*
 * client/breaks: what C core's texts are taken for, what the table keeps of many breaks, and what
 * their times give away.
 */
#include "client/measure/breaks.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>

/* ---- Causes ---------------------------------------------------------------------------------- */

/* What C core 1.51.1 said to a client whose peer, or whose network, did this. */
static const struct text {
    enum status status;
    const char *details;
    enum break_cause cause;
    unsigned code;
    const char *name;
} texts[] = {
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect "
     "to remote host: Connection refused",
     BREAK_REFUSED, 0, "connection refused"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv6:%5B2001:db8::1%5D:80: Failed "
     "to connect to remote host: No route to host",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14, /* a time-out */
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:46279: tcp "
     "handshaker shutdown",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: unix:/x: No such file or directory",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    /* Accepted, then closed, reset or answered in another protocol, before HTTP/2 began. */
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:40513: Socket "
     "closed",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:36239: "
     "recvmsg:Connection reset by peer",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:35847: Trying to "
     "connect an http1.x server",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "DNS resolution failed for no-such-name.invalid:80: C-ares status is not ARES_SUCCESS "
     "qtype=AAAA name=no-such-name.invalid is_balancer=0: Domain name not found",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14, "recvmsg:Connection reset by peer", BREAK_RESET, 0, "connection reset"},
    {14, "Connection reset by peer", BREAK_RESET, 0, "connection reset"}, /* while writing */
    {14, "Broken pipe", BREAK_RESET, 0, "connection reset"},
    {14, "Socket closed", BREAK_CLOSED, 0, "connection closed"}, /* after a GOAWAY, too */
    {14, "GOAWAY received", BREAK_GOAWAY, 0, "GOAWAY"},
    {13, "Received RST_STREAM with error code 0", BREAK_RST_STREAM, 0, "RST_STREAM (NO_ERROR)"},
    {13, "Received RST_STREAM with error code 2", BREAK_RST_STREAM, 2,
     "RST_STREAM (INTERNAL_ERROR)"},
    {13, "Received RST_STREAM with error code 5", BREAK_RST_STREAM, 5,
     "RST_STREAM (STREAM_CLOSED)"},
    {14, "Received RST_STREAM with error code 7", BREAK_RST_STREAM, 7,
     "RST_STREAM (REFUSED_STREAM)"},
    {1, "Received RST_STREAM with error code 8", BREAK_RST_STREAM, 8, "RST_STREAM (CANCEL)"},
    {8, "Received RST_STREAM with error code 11", BREAK_RST_STREAM, 11,
     "RST_STREAM (ENHANCE_YOUR_CALM)"},
    {7, "Received RST_STREAM with error code 12", BREAK_RST_STREAM, 12,
     "RST_STREAM (INADEQUATE_SECURITY)"},
    {13, "Received RST_STREAM with error code 13", BREAK_RST_STREAM, 13,
     "RST_STREAM (HTTP_1_1_REQUIRED)"},
    {13, "Received RST_STREAM with error code 99", BREAK_RST_STREAM, 99, "RST_STREAM (code 99)"},
    {14, "Received http2 header with status: 502", BREAK_HTTP, 502, "HTTP status 502"},
    {14, "Received http2 header with status: 504", BREAK_HTTP, 504, "HTTP status 504"},
    {12, "Received http2 header with status: 404", BREAK_HTTP, 404, "HTTP status 404"},
    {4, "Deadline Exceeded", BREAK_DEADLINE, 0, "deadline exceeded"},
    {2, "No status received", BREAK_CUT_SHORT, 0, "ended without a status"},
    {2, "Stream removed", BREAK_CUT_SHORT, 0, "ended without a status"}, /* by a wrong frame */
    /* From the peer, or through a proxy that tells of its own troubles. */
    {14, "", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "the server is shutting down", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "upstream connect error or disconnect/reset before headers: Connection refused",
     BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "Socket closed by the backend", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "backend: Socket closed", BREAK_STATUS, 14, "UNAVAILABLE"},
    {13, "Socket closed", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code ", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code 2 of the backend", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code 4294967296", BREAK_STATUS, 13, "INTERNAL"},
    {14, "No status received", BREAK_STATUS, 14, "UNAVAILABLE"},
    {1, "", BREAK_STATUS, 1, "CANCELLED"},
    {0, "", BREAK_STATUS, 0, "OK"},
};

START_TEST(a_text_is_taken_for_its_cause)
{
    const struct text *text = &texts[_i];
    char name[BREAK_NAME_SIZE];
    struct break_kind kind = break_classify(text->status, text->details);
    ck_assert_int_eq(kind.cause, text->cause);
    ck_assert_uint_eq(kind.code, text->code);
    break_name(kind, name);
    ck_assert_str_eq(name, text->name);
}
END_TEST

START_TEST(a_cause_has_a_name_for_people_and_for_programs)
{
    static const char *const names[BREAK_CAUSES][2] = {
        [BREAK_REFUSED] = {"connection refused", "connection_refused"},
        [BREAK_UNREACHABLE] = {"cannot connect", "cannot_connect"},
        [BREAK_RESET] = {"connection reset", "connection_reset"},
        [BREAK_CLOSED] = {"connection closed", "connection_closed"},
        [BREAK_GOAWAY] = {"GOAWAY", "goaway"},
        [BREAK_RST_STREAM] = {"RST_STREAM (NO_ERROR)", "rst_stream"},
        [BREAK_HTTP] = {"HTTP status 0", "http_status"},
        [BREAK_CUT_SHORT] = {"ended without a status", "no_status"},
        [BREAK_DEADLINE] = {"deadline exceeded", "deadline_exceeded"},
        [BREAK_STALLED] = {"stalled", "stalled"},
        [BREAK_WAITING] = {"no first header", "no_first_header"},
        [BREAK_STATUS] = {"OK", "status"},
        [BREAK_CHAOS_CUT] = {"cut by --chaos", "chaos_cut"},
        [BREAK_CHAOS_STALL] = {"silenced by --chaos", "chaos_silence"}};
    char name[BREAK_NAME_SIZE];
    for (enum break_cause cause = 0; cause < BREAK_CAUSES; cause++) {
        break_name((struct break_kind){.cause = cause}, name);
        ck_assert_str_eq(name, names[cause][0]);
        ck_assert_str_eq(break_cause_name(cause), names[cause][1]);
    }
}
END_TEST

/* ---- The table ------------------------------------------------------------------------------- */

static const struct break_kind reset = {.cause = BREAK_RESET};
static const struct break_kind cancelled = {.cause = BREAK_RST_STREAM, .code = 8};
static const struct break_kind refused = {.cause = BREAK_RST_STREAM, .code = 7};

static struct breaks *table;
static struct breaks *other;

static void make_tables(void)
{
    table = calloc(1, sizeof *table);
    other = calloc(1, sizeof *other);
    ck_assert_ptr_nonnull(table);
    ck_assert_ptr_nonnull(other);
}

static void free_tables(void)
{
    free(table);
    free(other);
}

/* So many breaks, of ages from `first` on, a nanosecond apart. */
static void break_many(struct breaks *breaks, struct break_kind kind, int64_t first, int64_t count)
{
    for (int64_t i = first; i < first + count; i++) {
        breaks_record(breaks, kind, &(struct break_times){.at_ns = 1, .age_ns = i});
    }
}

/* How many of the row's samples have an age from `first` to before `end`. */
static int64_t samples_between(const struct break_row *row, int64_t first, int64_t end)
{
    int64_t count = 0;
    for (unsigned i = 0; i < row->samples; i++) {
        count += row->times[i].age_ns >= first && row->times[i].age_ns < end ? 1 : 0;
    }
    return count;
}

static void assert_all_differ(const struct break_row *row)
{
    for (unsigned i = 0; i < row->samples; i++) {
        int64_t age = row->times[i].age_ns;
        ck_assert_int_eq(samples_between(row, age, age + 1), 1);
    }
}

START_TEST(each_kind_has_a_row)
{
    break_many(table, reset, 0, 3);
    break_many(table, cancelled, 0, 1);
    break_many(table, refused, 0, 5);
    break_many(table, reset, 3, 1);
    ck_assert_uint_eq(table->count, 10);
    ck_assert_uint_eq(table->row_count, 3);
    breaks_sort(table);
    ck_assert_uint_eq(table->rows[0].count, 5);
    ck_assert_uint_eq(table->rows[0].kind.code, 7);
    ck_assert_uint_eq(table->rows[1].count, 4);
    ck_assert_int_eq(table->rows[1].kind.cause, BREAK_RESET);
    ck_assert_int_eq(samples_between(&table->rows[1], 0, 4), 4);
    ck_assert_uint_eq(table->rows[2].count, 1);
    ck_assert_uint_eq(table->rows[2].kind.code, 8);
}
END_TEST

START_TEST(what_finds_no_row_is_counted_all_the_same)
{
    for (unsigned code = 0; code < BREAK_ROWS + 7; code++) {
        break_many(table, (struct break_kind){.cause = BREAK_HTTP, .code = code}, 0, 2);
    }
    ck_assert_uint_eq(table->row_count, BREAK_ROWS);
    ck_assert_uint_eq(table->count, UINT64_C(2) * (BREAK_ROWS + 7));
    break_many(other, reset, 0, 3);
    breaks_add(table, other);
    ck_assert_uint_eq(table->row_count, BREAK_ROWS);
    ck_assert_uint_eq(table->count, UINT64_C(2) * (BREAK_ROWS + 7) + 3);
}
END_TEST

START_TEST(all_of_a_few_are_kept)
{
    static const int64_t counts[][2] = {{BREAK_SAMPLES - 2, 2}, {3, 4}, {0, 1}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int64_t all = counts[i][0] + counts[i][1];
        memset(table, 0, sizeof *table);
        memset(other, 0, sizeof *other);
        break_many(table, reset, 0, counts[i][0]);
        break_many(other, reset, counts[i][0], counts[i][1]);
        breaks_add(table, other);
        ck_assert_uint_eq(table->rows[0].samples, (unsigned)all);
        ck_assert_int_eq(samples_between(table->rows, 0, all), all);
        assert_all_differ(table->rows);
    }
}
END_TEST

/* With 512 of 51,200 samples, each eighth of the breaks has 64 of them, give or take 7.5. */
START_TEST(of_many_each_has_the_same_chance)
{
    enum { MANY = 100 * BREAK_SAMPLES, EIGHTH = MANY / 8 };
    break_many(table, reset, 0, MANY);
    ck_assert_uint_eq(table->rows[0].count, MANY);
    ck_assert_uint_eq(table->rows[0].samples, BREAK_SAMPLES);
    for (int64_t first = 0; first < MANY; first += EIGHTH) {
        int64_t count = samples_between(table->rows, first, first + EIGHTH);
        ck_assert_int_gt(count, 64 - 30);
        ck_assert_int_lt(count, 64 + 30);
    }
    assert_all_differ(table->rows);
}
END_TEST

/* The samples of both together: those of one row are as many as its share of the breaks. */
START_TEST(added_rows_have_their_share_of_the_samples)
{
    static const struct {
        int64_t count, added, share;
    } cases[] = {{5000, 5000, 256},   {100, 50000, 511}, {50000, 100, 1},
                 {20000, 60000, 384}, {0, 5000, 512},    {300, 300, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t count = cases[i].count;
        int64_t all = count + cases[i].added;
        memset(table, 0, sizeof *table);
        memset(other, 0, sizeof *other);
        break_many(table, reset, 0, count);
        break_many(other, reset, count, cases[i].added);
        breaks_add(table, other);
        ck_assert_uint_eq(table->count, (uint64_t)all);
        ck_assert_uint_eq(table->rows[0].count, (uint64_t)all);
        ck_assert_uint_eq(table->rows[0].samples, BREAK_SAMPLES);
        int64_t share = samples_between(table->rows, count, all);
        ck_assert_msg(llabs(share - cases[i].share) <= 45, "case %zu: %lld", i, (long long)share);
        assert_all_differ(table->rows);
    }
}
END_TEST

START_TEST(a_spread_is_the_middle_and_half_of_the_middle_half)
{
    for (int64_t i = 100; i >= 0; i--) {
        breaks_record(table, reset, &(struct break_times){.age_ns = i, .silence_ns = 7 * i});
    }
    struct spread ages = break_row_ages(table->rows);
    struct spread silences = break_row_silences(table->rows);
    ck_assert_int_eq(ages.median_ns, 50);
    ck_assert_int_eq(ages.half_width_ns, 25);
    ck_assert_int_eq(silences.median_ns, 350);
    ck_assert_int_eq(silences.half_width_ns, 175);
    static const struct break_row empty;
    ck_assert_int_eq(break_row_ages(&empty).median_ns, 0);
    ck_assert_int_eq(break_row_ages(&empty).half_width_ns, 0);
}
END_TEST

/* ---- Hints ----------------------------------------------------------------------------------- */

/* When the breaks of a row come, in milliseconds: the i-th one that much later than the first. */
struct pattern {
    int64_t at, at_step;
    int64_t age, age_step;
    int64_t silence, silence_step;
};
static const struct pattern at_once = {42000, 1, 30000, 100, 400, 90};
static const struct pattern idle = {20000, 900, 80000, 700, 60000, 2};
static const struct pattern request = {20000, 900, 30000, 2, 400, 90};
static const struct pattern scattered = {20000, 900, 30000, 700, 400, 90};
static const struct pattern young = {20000, 900, 500, 2, 400, 1}; /* nobody's time-out */

/* The hint for so many breaks of a cause; checks that it is empty where there is none. */
static const char *hint_of(enum break_cause cause, const struct pattern *pattern, int count)
{
    static char hint[BREAK_HINT_SIZE];
    memset(table, 0, sizeof *table);
    for (int i = 0; i < count; i++) {
        const struct break_times times = {
            .at_ns = (pattern->at + i * pattern->at_step) * NS_PER_MS,
            .age_ns = (pattern->age + i * pattern->age_step) * NS_PER_MS,
            .silence_ns = (pattern->silence + i * pattern->silence_step) * NS_PER_MS};
        breaks_record(table, (struct break_kind){.cause = cause}, &times);
    }
    memset(hint, 'x', sizeof hint);
    ck_assert_int_eq(break_row_hint(table->rows, hint), hint[0] != '\0');
    return hint;
}

START_TEST(clustered_times_give_a_hint)
{
    ck_assert_str_eq(hint_of(BREAK_RESET, &at_once, 41),
                     "41 streams broke at once, 42.0 s into the run: looks like a restart, a "
                     "reload or the end of a connection that they shared; should it come again at "
                     "the age of 32.0 s, like a time-out");
    ck_assert_str_eq(hint_of(BREAK_CLOSED, &idle, 101),
                     "101 streams died after 60.1 s ± 0.1 s of silence: looks like an idle "
                     "time-out in between");
    ck_assert_str_eq(hint_of(BREAK_RST_STREAM, &request, 101),
                     "101 streams died at 30.1 s ± 0.1 s: looks like a request time-out or a "
                     "maximum age of connections in between");
}
END_TEST

START_TEST(others_give_none)
{
    ck_assert_str_eq(hint_of(BREAK_RESET, &scattered, 101), "");
    ck_assert_str_eq(hint_of(BREAK_RESET, &young, 101), "");
    ck_assert_str_eq(hint_of(BREAK_RESET, &at_once, 4), "");
    ck_assert_str_ne(hint_of(BREAK_RESET, &at_once, 5), "");
}
END_TEST

START_TEST(only_what_others_did_gives_a_hint)
{
    static const bool hints[BREAK_CAUSES] = {
        [BREAK_RESET] = true,    [BREAK_CLOSED] = true,     [BREAK_GOAWAY] = true,
        [BREAK_HTTP] = true,     [BREAK_RST_STREAM] = true, [BREAK_CUT_SHORT] = true,
        [BREAK_DEADLINE] = true, [BREAK_STATUS] = true};
    for (enum break_cause cause = 0; cause < BREAK_CAUSES; cause++) {
        ck_assert_int_eq(hint_of(cause, &request, 20)[0] != '\0', hints[cause]);
        ck_assert_int_eq(hint_of(cause, &at_once, 20)[0] != '\0', hints[cause]);
    }
}
END_TEST

Suite *breaks_suite(void)
{
    Suite *suite = suite_create("breaks");
    TCase *causes = tcase_create("causes");
    suite_add_tcase(suite, causes);
    tcase_add_loop_test(causes, a_text_is_taken_for_its_cause, 0, sizeof texts / sizeof *texts);
    tcase_add_test(causes, a_cause_has_a_name_for_people_and_for_programs);

    TCase *rows = tcase_create("table");
    suite_add_tcase(suite, rows);
    tcase_add_checked_fixture(rows, make_tables, free_tables);
    tcase_add_test(rows, each_kind_has_a_row);
    tcase_add_test(rows, what_finds_no_row_is_counted_all_the_same);
    tcase_add_test(rows, all_of_a_few_are_kept);
    tcase_add_test(rows, of_many_each_has_the_same_chance);
    tcase_add_test(rows, added_rows_have_their_share_of_the_samples);
    tcase_add_test(rows, a_spread_is_the_middle_and_half_of_the_middle_half);

    TCase *hints = tcase_create("hints");
    suite_add_tcase(suite, hints);
    tcase_add_checked_fixture(hints, make_tables, free_tables);
    tcase_add_test(hints, clustered_times_give_a_hint);
    tcase_add_test(hints, others_give_none);
    tcase_add_test(hints, only_what_others_did_gives_a_hint);
    return suite;
}

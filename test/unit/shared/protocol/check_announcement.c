/* What a client makes of a server's headers, also of those that lie or are garbled. */
#include "shared/base/clock.h"
#include "shared/protocol/announcement.h"
#include "test/suites.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void read_header(struct announcement *announcement, const char *name, const char *value)
{
    announcement_read(announcement, name, strlen(name), value, strlen(value));
}

START_TEST(a_whole_announcement_is_read)
{
    struct announcement read = {.has = 0};
    read_header(&read, "comms-version", "0.1.0-rc.1+deb12");
    read_header(&read, "comms-mode", "stateful");
    read_header(&read, "comms-interval", "1.5s");
    read_header(&read, "comms-min-interval", "0");
    read_header(&read, "comms-max-numbers", "65535");
    read_header(&read, "comms-max-size", "0");
    read_header(&read, "comms-session-timeout", "30s");
    for (int i = 0; i < ANNOUNCED_FIELDS; i++) {
        ck_assert(announcement_has(&read, (enum announced)i));
    }
    ck_assert_uint_eq(read.garbled, 0);
    ck_assert_str_eq(read.version, "0.1.0-rc.1+deb12");
    ck_assert_int_eq(read.mode, MODE_STATEFUL);
    ck_assert_int_eq(read.interval_ns, 1500 * NS_PER_MS);
    ck_assert_int_eq(read.min_interval_ns, 0);
    ck_assert_uint_eq(read.max_numbers, 65535);
    ck_assert_int_eq(read.session_timeout_ns, 30 * NS_PER_S);
}
END_TEST

START_TEST(other_headers_are_none_of_ours)
{
    static const char *const names[] = {
        "",           "comms", "comms-",          "comms-mod",   "comms-modes",
        "Comms-Mode", "date",  "comms-interval ", "xcomms-mode", "comms-mode\n"};
    const struct announcement none = {.has = 0};
    struct announcement read = {.has = 0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        read_header(&read, names[i], "stateful");
    }
    ck_assert_mem_eq(&read, &none, sizeof none);
}
END_TEST

static const struct {
    enum announced field;
    const char *value;
    const char *shown; /* NULL: as it is */
} garbled[] = {
    {ANNOUNCED_INTERVAL, "", NULL},
    {ANNOUNCED_INTERVAL, "-1s", NULL},
    {ANNOUNCED_INTERVAL, "-0", NULL},
    {ANNOUNCED_INTERVAL, "1", NULL},
    {ANNOUNCED_INTERVAL, "1 s", NULL},
    {ANNOUNCED_INTERVAL, " 1s", NULL},
    {ANNOUNCED_INTERVAL, "1s, 2s", NULL},
    {ANNOUNCED_INTERVAL, "1e9s", NULL},
    {ANNOUNCED_INTERVAL, "nan", NULL},
    {ANNOUNCED_INTERVAL, "577h", NULL}, /* more than 24 days */
    {ANNOUNCED_INTERVAL, "99999999999999999999999999h", NULL},
    {ANNOUNCED_INTERVAL, "18446744073709551616us", NULL},
    {ANNOUNCED_INTERVAL, "1s\x1b[31m", "1s\\x1b[31m"},
    {ANNOUNCED_MIN_INTERVAL, "x", NULL},
    {ANNOUNCED_SESSION_TIMEOUT, "30", NULL},
    {ANNOUNCED_MODE, "", NULL},
    {ANNOUNCED_MODE, "state", NULL},
    {ANNOUNCED_MODE, "Stateful", NULL},
    {ANNOUNCED_MODE, "stateful,stateful", NULL},
    {ANNOUNCED_MAX_NUMBERS, "0", NULL},
    {ANNOUNCED_MAX_NUMBERS, "-5", NULL},
    {ANNOUNCED_MAX_NUMBERS, "16777216", NULL},
    {ANNOUNCED_MAX_NUMBERS, "4294967297", NULL},
    {ANNOUNCED_MAX_SIZE, "1048577", NULL},
    {ANNOUNCED_MAX_SIZE, "1MiB", NULL},
    {ANNOUNCED_VERSION, "", NULL},
    {ANNOUNCED_VERSION, "0.1 beta", NULL},
    {ANNOUNCED_VERSION, "\xc3\xa4", "\\xc3\\xa4"},
    {ANNOUNCED_VERSION, "01234567890123456789012345678901", NULL}, /* 32 bytes */
};

START_TEST(a_garbled_value_is_not_taken)
{
    const enum announced field = garbled[_i].field;
    struct announcement read = {.has = 0};
    read_header(&read, announced_name(field), garbled[_i].value);
    ck_assert_uint_eq(read.has, 0);
    ck_assert_uint_eq(read.garbled, 1U << field);
    char expected[ANNOUNCED_TEXT_SIZE];
    (void)snprintf(expected, sizeof expected, "%s: '%s'", announced_name(field),
                   garbled[_i].shown == NULL ? garbled[_i].value : garbled[_i].shown);
    ck_assert_str_eq(read.garbled_text, expected);
    read_header(&read, announced_name(field), "1s"); /* a second one does not mend it */
    ck_assert_uint_eq(read.has, 0);
    ck_assert_str_eq(read.garbled_text, expected); /* the first one is told of */
}
END_TEST

START_TEST(a_header_that_comes_twice_is_garbled)
{
    struct announcement read = {.has = 0};
    read_header(&read, "comms-interval", "1s");
    read_header(&read, "comms-mode", "stateful");
    read_header(&read, "comms-interval", "1s");
    ck_assert(!announcement_has(&read, ANNOUNCED_INTERVAL));
    ck_assert(announcement_has(&read, ANNOUNCED_MODE));
    read_header(&read, "comms-interval", "1s");
    ck_assert(!announcement_has(&read, ANNOUNCED_INTERVAL));
}
END_TEST

/* The same in each run. */
static size_t next_random(size_t below)
{
    static uint64_t state = 16;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(state >> 33) % below;
}

/* Whatever comes, what is taken is within its bounds, and the texts end. */
START_TEST(random_headers_do_no_harm)
{
    static const char letters[] = "0123456789.-+,smhu \x00\xff\x1b'statelessful";
    for (int i = 0; i < 100000; i++) {
        struct announcement read = {.has = 0};
        for (int header = 0; header < 3; header++) {
            char value[80];
            const enum announced field = (enum announced)next_random(ANNOUNCED_FIELDS);
            const size_t length = next_random(i % 10 == 0 ? sizeof value : 5);
            for (size_t k = 0; k < length; k++) {
                value[k] = letters[next_random(sizeof letters)];
            }
            announcement_read(&read, announced_name(field), strlen(announced_name(field)), value,
                              length);
        }
        if ((read.has & read.garbled) != 0 || read.interval_ns < 0 || read.min_interval_ns < 0 ||
            read.session_timeout_ns < 0 || read.interval_ns > INT64_C(2073600) * NS_PER_S ||
            read.max_numbers > 16777215 || read.max_size > 1048576 ||
            memchr(read.version, '\0', sizeof read.version) == NULL ||
            memchr(read.garbled_text, '\0', sizeof read.garbled_text) == NULL ||
            (read.garbled != 0) != (read.garbled_text[0] != '\0')) {
            ck_abort_msg("round %d", i);
        }
    }
}
END_TEST

Suite *announcement_suite(void)
{
    Suite *suite = suite_create("announcement");
    TCase *reading = tcase_create("reading");
    suite_add_tcase(suite, reading);
    tcase_add_test(reading, a_whole_announcement_is_read);
    tcase_add_test(reading, other_headers_are_none_of_ours);
    tcase_add_loop_test(reading, a_garbled_value_is_not_taken, 0, sizeof garbled / sizeof *garbled);
    tcase_add_test(reading, a_header_that_comes_twice_is_garbled);
    tcase_add_test(reading, random_headers_do_no_harm);
    return suite;
}

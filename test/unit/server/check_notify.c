/* server/notify: what systemd is told, and when. */
#include "server/notify.h"
#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/fake_clock.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 512 };

static struct fake_clock fake;
static char folder[SCRATCH_FOLDER_SIZE];
static char path[SCRATCH_FOLDER_SIZE + 16];
static int manager; /* systemd's end */
static struct notify notify;

/* Opens systemd's end at an address of AF_UNIX, whose path or name has this length. */
static void listen_at(const char *name, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, length);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(manager, (const struct sockaddr *)(const void *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
}

static void set_up(void)
{
    scratch_folder_make(folder, "notify");
    snprintf(path, sizeof path, "%s/socket", folder);
    listen_at(path, strlen(path) + 1);
    setenv("NOTIFY_SOCKET", path, 1);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    fake_clock_init(&fake, NS_PER_S);
}

static void tear_down(void)
{
    notify_cleanup(&notify);
    close(manager);
    fake_clock_cleanup(&fake);
    scratch_folder_remove(folder);
}

/* The next datagram is this one; "": there is none. */
static void must_have_told(const char *expected)
{
    char message[MESSAGE_SIZE] = "";
    const ssize_t length = recv(manager, message, sizeof message - 1, 0);
    message[length < 0 ? 0 : length] = '\0';
    ck_assert_str_eq(message, expected);
}

static void beat_after(int64_t ns, uint64_t streams, uint64_t sessions)
{
    const struct notify_load load = {.streams = streams, .sessions = sessions};
    fake_clock_advance(&fake, ns);
    notify_beat(&notify, &load);
}

static void start(void)
{
    const struct notify_load none = {0};
    notify_init(&notify, &fake.clock);
    must_have_told("");
    ck_assert_int_eq(notify_next(&notify), CLOCK_NEVER);
    notify_ready(&notify, &none);
}

START_TEST(it_is_ready_serves_and_stops)
{
    const struct notify_load load = {.streams = 2, .sessions = 7};
    start();
    must_have_told("READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
    notify_stopping(&notify, &load, 17 * NS_PER_S);
    must_have_told("STOPPING=1\nEXTEND_TIMEOUT_USEC=17000000\n"
                   "STATUS=draining 2 streams, 7 sessions\n");
    ck_assert_int_eq(notify_next(&notify), CLOCK_NEVER);
    beat_after(60 * NS_PER_S, 1, 1);
    must_have_told("");
}
END_TEST

START_TEST(a_status_comes_each_two_seconds_if_it_is_another)
{
    start();
    must_have_told("READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
    ck_assert_int_eq(notify_next(&notify), 3 * NS_PER_S);
    beat_after(2 * NS_PER_S - 1, 1, 0);
    must_have_told("");
    beat_after(1, 1, 0);
    must_have_told("STATUS=serving 1 stream, 0 sessions\n");
    beat_after(2 * NS_PER_S, 1, 0);
    must_have_told("");
    ck_assert_int_eq(notify_next(&notify), 7 * NS_PER_S);
    beat_after(2 * NS_PER_S, 1, 1);
    must_have_told("STATUS=serving 1 stream, 1 session\n");
}
END_TEST

START_TEST(the_watchdog_hears_at_half_of_its_time)
{
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", own, 1);
    start();
    must_have_told("READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
    ck_assert_int_eq(notify_next(&notify), NS_PER_S + NS_PER_S / 2);
    beat_after(NS_PER_S / 2 - 1, 0, 0);
    must_have_told("");
    beat_after(1, 0, 0);
    must_have_told("WATCHDOG=1\n");
    must_have_told("");
    beat_after(NS_PER_S / 2, 0, 0);
    must_have_told("WATCHDOG=1\n");
}
END_TEST

static const char *const no_watchdogs[][2] = {
    {"1000000", "1"}, {"0", ""}, {"", ""}, {"-5", ""}, {"1s", ""}, {"99999999999999999999", ""}};

START_TEST(another_watchdog_is_none)
{
    setenv("WATCHDOG_USEC", no_watchdogs[_i][0], 1);
    setenv("WATCHDOG_PID", no_watchdogs[_i][1], 1);
    start();
    must_have_told("READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
    beat_after(3600 * NS_PER_S, 0, 0);
    must_have_told("");
}
END_TEST

START_TEST(an_abstract_socket_is_told)
{
    static const char name[] = "@comms-check-notify";
    char bound[sizeof name];
    close(manager);
    memcpy(bound, name, sizeof name);
    bound[0] = '\0';
    listen_at(bound, sizeof name - 1);
    setenv("NOTIFY_SOCKET", name, 1);
    start();
    must_have_told("READY=1\nSTATUS=serving 0 streams, 0 sessions\n");
}
END_TEST

START_TEST(without_systemd_nobody_is_told)
{
    setenv("NOTIFY_SOCKET", "", _i);
    if (_i == 0) {
        unsetenv("NOTIFY_SOCKET");
    }
    start();
    must_have_told("");
    ck_assert_int_eq(notify_next(&notify), CLOCK_NEVER);
    beat_after(60 * NS_PER_S, 1, 1);
    notify_stopping(&notify, &(const struct notify_load){0}, 0);
    must_have_told("");
}
END_TEST

/* Of a socket that is none, or that has gone: one line until it can be reached again. */
START_TEST(a_socket_that_is_not_reached_is_logged_once)
{
    static const char *const wrong[] = {"vsock:2:5", "run/notify", NULL};
    static char said[CAPTURE_SIZE];
    struct capture err;
    if (wrong[_i] != NULL) {
        setenv("NOTIFY_SOCKET", wrong[_i], 1);
    } else {
        unlink(path);
    }
    log_set_level(LOG_LEVEL_WARN);
    capture_begin(&err, STDERR_FILENO);
    start();
    beat_after(2 * NS_PER_S, 1, 1);
    beat_after(2 * NS_PER_S, 2, 2);
    capture_end(&err, said);
    const char *line = strstr(said, "warn   systemd not reached reason=\"");
    ck_assert_msg(line != NULL, "%s", said);
    ck_assert_msg(strchr(line, '\n')[1] == '\0', "%s", said);
}
END_TEST

Suite *notify_suite(void)
{
    Suite *suite = suite_create("notify");
    TCase *tcase = tcase_create("notify");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, it_is_ready_serves_and_stops);
    tcase_add_test(tcase, a_status_comes_each_two_seconds_if_it_is_another);
    tcase_add_test(tcase, the_watchdog_hears_at_half_of_its_time);
    tcase_add_loop_test(tcase, another_watchdog_is_none, 0,
                        sizeof no_watchdogs / sizeof *no_watchdogs);
    tcase_add_test(tcase, an_abstract_socket_is_told);
    tcase_add_loop_test(tcase, without_systemd_nobody_is_told, 0, 2);
    tcase_add_loop_test(tcase, a_socket_that_is_not_reached_is_logged_once, 0, 3);
    return suite;
}

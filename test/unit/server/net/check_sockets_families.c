/*
 * server/net/sockets where the machine lacks IPv6, and where a name has
 * several addresses. Each test is a process of its own, and makes a network namespace and a
 * /etc/hosts of its own. Where that is not allowed the test does nothing.
 */
#define _GNU_SOURCE /* unshare */

#include "shared/base/log.h"
#include "test/kit/capture.h"
#include "test/kit/loopback.h"
#include "test/kit/socket_place.h"
#include "test/suites.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOSTS "127.0.0.1 both localhost\n::1 both\n127.0.0.1 both\n127.0.0.2 both\n::1 six\n"

static bool write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    bool good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) {
        close(file);
    }
    return good;
}

/* Enters namespaces where these names exist, and no others. */
static bool enter_machine(bool with_ipv6)
{
    char path[] = "/tmp/comms-check-hosts-XXXXXX";
    int file = mkstemp(path);
    bool good = file >= 0 && unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
                mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && write_file(path, HOSTS) &&
                mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0 && loopback_bring_up() &&
                (with_ipv6 || write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1"));
    if (file >= 0) {
        close(file);
        unlink(path);
    }
    return good;
}

static char log_text_said[CAPTURE_SIZE];

/* Opens these on port 1337, and the log must have this text, or nothing. */
static void must_open(const char *const *addresses, size_t count, const char *logged)
{
    struct capture err;
    log_set_level(LOG_LEVEL_WARN);
    capture_begin(&err, STDERR_FILENO);
    sockets_must_open(addresses, count, 1337);
    capture_end(&err, log_text_said);
    ck_assert_msg(*logged == '\0' ? *log_text_said == '\0' : strstr(log_text_said, logged) != NULL,
                  "%s", log_text_said);
}

static void must_have_names(const char *wanted)
{
    char all[256] = "";
    for (size_t i = 0; i < place.sockets.count; i++) {
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", place.sockets.items[i].name);
        socket_must_listen(&place.sockets.items[i]);
    }
    ck_assert_str_eq(all, wanted);
    sockets_close(&place.sockets);
}

START_TEST(each_address_of_a_name_is_opened_once)
{
    static const char *const addresses[] = {"both", "127.0.0.2", "both", "six"};
    if (!enter_machine(true) || !place.has_ipv6) {
        return;
    }
    must_open(addresses, 4, "");
    ck_assert_uint_eq(place.sockets.count, 3);
    sockets_close(&place.sockets);
}
END_TEST

START_TEST(a_family_that_the_machine_lacks_is_skipped_and_said)
{
    static const char said[] =
        "warn   address skipped address=[::1]:1337 reason=\"this machine has "
        "no IPv6 address\"";
    static const char *const both[] = {"both"};
    static const char *const literals[] = {"::1", "127.0.0.1"};
    static const char *const six[] = {"six"};
    static const char *const wildcards[] = {"0.0.0.0"};
    if (!enter_machine(false)) {
        return;
    }
    must_open(literals, 2, said);
    must_have_names("127.0.0.1:1337 ");
    must_open(both, 1, said);
    ck_assert_uint_eq(place.sockets.count, 2);
    sockets_close(&place.sockets);
    must_open(wildcards, 1, "");
    must_have_names("0.0.0.0:1337 ");
    must_open(NULL, 0, ""); /* nobody has asked for IPv6 */
    must_have_names("127.0.0.1:1337 ");
    sockets_must_fail(literals, 1, 1337, "[::1]:1337: this machine has no IPv6 address");
    sockets_must_fail(six, 1, 1337, "[::1]:1337: this machine has no IPv6 address");
}
END_TEST

START_TEST(a_name_that_nobody_knows_is_an_error)
{
    static const char *const names[] = {"127.0.0.1", "unknown.invalid"};
    if (!enter_machine(true)) {
        return;
    }
    sockets_must_fail(names, 2, 1337, "cannot listen on unknown.invalid: ");
}
END_TEST

Suite *sockets_families_suite(void)
{
    Suite *suite = suite_create("sockets-families");
    TCase *tcase = tcase_create("sockets-families");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, place_set_up, place_tear_down);
    tcase_add_test(tcase, each_address_of_a_name_is_opened_once);
    tcase_add_test(tcase, a_family_that_the_machine_lacks_is_skipped_and_said);
    tcase_add_test(tcase, a_name_that_nobody_knows_is_an_error);
    return suite;
}

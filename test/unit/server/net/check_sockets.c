/* The sockets that the server listens on: every form of address, and what stands in the way. */
#define _GNU_SOURCE /* SO_REUSEPORT */

#include "server/net/sockets.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = 256, UNIX_PATH_MAX_LENGTH = 107 };

static struct sockets sockets;
static char error[SOCKETS_ERROR_SIZE];
static bool has_ipv6;
static size_t descriptors; /* open before the test */

/* A folder of the test's own, and addresses in it. */
static char folder[PATH_SIZE / 2];
static char path[PATH_SIZE];
static char lock_path[PATH_SIZE + 8];
static char address[PATH_SIZE + 8];

static size_t count_entries(const char *name)
{
    size_t count = 0;
    DIR *entries = opendir(name);
    ck_assert_ptr_nonnull(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count;
}

static void set_path(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    snprintf(address, sizeof address, "unix:%s", path);
}

static void set_up(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    has_ipv6 = probe >= 0 &&
               bind(probe, (const struct sockaddr *)(const void *)&loopback, sizeof loopback) == 0;
    if (probe >= 0) {
        close(probe);
    }
    snprintf(folder, sizeof folder, "/tmp/comms-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    set_path("socket");
    descriptors = count_entries("/proc/self/fd");
}

/* Whatever a test did: nothing is left. */
static void tear_down(void)
{
    ck_assert_uint_eq(count_entries("/proc/self/fd"), descriptors);
    ck_assert_uint_eq(count_entries(folder), 2);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void must_open(const char *const *addresses, size_t count, uint16_t port)
{
    error[0] = '\0';
    ck_assert_msg(sockets_open(&sockets, addresses, count, port, error) == 0, "%s", error);
}

/* It must say this, and leave nothing open. */
static void must_fail(const char *const *addresses, size_t count, uint16_t port, const char *text)
{
    size_t before = count_entries("/proc/self/fd");
    struct sockets others;
    error[0] = '\0';
    ck_assert_int_eq(sockets_open(&others, addresses, count, port, error), -1);
    ck_assert_msg(strncmp(error, "cannot listen on ", 17) == 0 && strstr(error, text) != NULL,
                  "no '%s' in '%s'", text, error);
    ck_assert_uint_eq(count_entries("/proc/self/fd"), before);
}

/* The port behind the last colon of a name. */
static uint16_t port_of(const struct listening_socket *listening)
{
    const char *colon = strrchr(listening->name, ':');
    ck_assert_ptr_nonnull(colon);
    unsigned long port = strtoul(colon + 1, NULL, 10);
    ck_assert_uint_gt(port, 0);
    ck_assert_uint_le(port, 65535);
    return (uint16_t)port;
}

static void expect_name(size_t i, const char *host, uint16_t port)
{
    char wanted[SOCKET_NAME_SIZE];
    snprintf(wanted, sizeof wanted, "%s:%u", host, port);
    ck_assert_str_eq(sockets.items[i].name, wanted);
}

/* Somebody can connect to it, and it can be waited for with others. */
static void must_listen(const struct listening_socket *listening)
{
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    int flags = fcntl(listening->descriptor, F_GETFL);
    ck_assert_int_ne(flags & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(listening->descriptor, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(accept(listening->descriptor, NULL, NULL), -1);
    ck_assert_int_eq(errno, EAGAIN);

    ck_assert_int_eq(getsockname(listening->descriptor, (struct sockaddr *)&own, &length), 0);
    int client = socket(own.ss_family, SOCK_STREAM, 0);
    ck_assert_int_ge(client, 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&own, length), 0);
    int server = accept(listening->descriptor, NULL, NULL);
    ck_assert_int_ge(server, 0);
    close(server); /* first: the port then waits for lost segments */
    close(client);
}

static const struct {
    const char *text;
    bool good;
} forms[] = {
    {"127.0.0.1", true},
    {"0.0.0.0", true},
    {"::", true},
    {"::1", true},
    {"[::1]", true},
    {"2001:db8:1111:2222:3333:4444:5555:6666", true},
    {"::ffff:127.0.0.1", true},
    {"localhost", true},
    {"example.org", true},
    {"unix:/run/comms.sock", true},
    {"unix:relative.sock", true},
    {"", false},
    {"127.0.0.1:1337", false},
    {"localhost:1337", false},
    {"[::1]:1337", false},
    {"[::1", false},
    {"::1]", false},
    {"[]", false},
    {"[127.0.0.1]", false},
    {"1:2:3", false},
    {"http://localhost", false},
    {"unix:", false},
};

START_TEST(an_address_has_a_form)
{
    ck_assert_msg(sockets_is_address(forms[_i].text) == forms[_i].good, "%s", forms[_i].text);
}
END_TEST

START_TEST(an_address_has_a_longest_length)
{
    char text[2 * PATH_SIZE] = "unix:";
    size_t length = strlen(text);
    while (strlen(text) < sizeof text - 1) {
        bool fits = strlen(text) <= length + UNIX_PATH_MAX_LENGTH;
        ck_assert(sockets_is_address(text) == (fits && text[length] != '\0'));
        text[strlen(text)] = 'x';
    }
    memset(text, 'x', length); /* a name of one letter, then */
    ck_assert(!sockets_is_address(text));
    text[SOCKET_NAME_SIZE] = '\0';
    ck_assert(!sockets_is_address(text));
    text[SOCKET_NAME_SIZE - 1] = '\0';
    ck_assert(sockets_is_address(text));
}
END_TEST

START_TEST(by_default_it_is_loopback_of_both_families)
{
    must_open(NULL, 0, 0);
    uint16_t port = port_of(&sockets.items[0]);
    ck_assert_uint_eq(sockets.count, has_ipv6 ? 2 : 1);
    expect_name(0, "127.0.0.1", port);
    if (has_ipv6) {
        expect_name(1, "[::1]", port); /* the same for both */
    }
    for (size_t i = 0; i < sockets.count; i++) {
        must_listen(&sockets.items[i]);
        ck_assert_int_eq(sockets.items[i].lock, -1);
    }
    sockets_close(&sockets);
    ck_assert_uint_eq(sockets.count, 0);
    ck_assert_ptr_null(sockets.items);
}
END_TEST

static const struct {
    const char *address;
    const char *name;
    bool needs_ipv6;
} hosts[] = {{"127.0.0.1", "127.0.0.1", false}, {"127.0.0.2", "127.0.0.2", false},
             {"0.0.0.0", "0.0.0.0", false},     {"::1", "[::1]", true},
             {"[::1]", "[::1]", true},          {"::", "[::]", true},
             {"0:0:0:0:0:0:0:1", "[::1]", true}};

START_TEST(an_address_is_listened_on)
{
    if (hosts[_i].needs_ipv6 && !has_ipv6) {
        return;
    }
    must_open(&hosts[_i].address, 1, 0);
    ck_assert_uint_eq(sockets.count, 1);
    uint16_t port = port_of(&sockets.items[0]);
    expect_name(0, hosts[_i].name, port);
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);

    /* The port that was chosen, now given; although a connection on it ended a moment ago. */
    must_open(&hosts[_i].address, 1, port);
    expect_name(0, hosts[_i].name, port);
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);
}
END_TEST

START_TEST(a_name_is_each_of_its_addresses)
{
    static const char *const addresses[] = {"localhost"};
    must_open(addresses, 1, 0);
    ck_assert_uint_ge(sockets.count, 1);
    uint16_t port = port_of(&sockets.items[0]);
    for (size_t i = 0; i < sockets.count; i++) {
        ck_assert_uint_eq(port_of(&sockets.items[i]), port);
        must_listen(&sockets.items[i]);
    }
    sockets_close(&sockets);
}
END_TEST

START_TEST(all_tcp_addresses_have_one_port)
{
    const char *const addresses[] = {"127.0.0.1", address, "127.0.0.2", "::1"};
    size_t count = has_ipv6 ? 4 : 3;
    must_open(addresses, count, 0);
    ck_assert_uint_eq(sockets.count, count);
    uint16_t port = port_of(&sockets.items[0]);
    ck_assert_str_eq(sockets.items[1].name, address);
    expect_name(2, "127.0.0.2", port);
    if (has_ipv6) {
        expect_name(3, "[::1]", port);
    }
    for (size_t i = 0; i < count; i++) {
        must_listen(&sockets.items[i]);
    }
    sockets_close(&sockets);
}
END_TEST

START_TEST(all_addresses_of_both_families_do_not_collide)
{
    static const char *const addresses[] = {"0.0.0.0", "::"};
    must_open(addresses, has_ipv6 ? 2 : 1, 0);
    sockets_close(&sockets);
}
END_TEST

/* Never two servers on a port, not even where the other one would share it. */
START_TEST(a_port_in_use_is_refused)
{
    static const char *const addresses[] = {"127.0.0.1"};
    char wanted[64];
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof other;
    const int on = 1;
    int holder = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(setsockopt(holder, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    ck_assert_int_eq(setsockopt(holder, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    ck_assert_int_eq(bind(holder, (const struct sockaddr *)(const void *)&other, length), 0);
    ck_assert_int_eq(listen(holder, 1), 0);
    ck_assert_int_eq(getsockname(holder, (struct sockaddr *)(void *)&other, &length), 0);
    uint16_t port = ntohs(other.sin_port);

    snprintf(wanted, sizeof wanted, "127.0.0.1:%u: Address already in use", port);
    must_fail(addresses, 1, port, wanted);
    must_fail(NULL, 0, port, wanted);
    close(holder);

    must_open(NULL, 0, port);
    must_fail(NULL, 0, port, wanted);
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);
}
END_TEST

START_TEST(an_address_given_twice_is_refused)
{
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.1"};
    must_fail(addresses, 2, 0, "Address already in use");
    const char *const paths[] = {address, address};
    must_fail(paths, 2, 0, "Address already in use");
}
END_TEST

/* A name that no resolver takes, so that none is asked: its label is too long. */
START_TEST(an_address_that_is_none_is_refused)
{
    char name[80];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const addresses[] = {name};
    must_fail(addresses, 1, 0, "aaaa:0: ");

    static const char *const elsewhere[] = {"192.0.2.1"}; /* for documentation, nobody's */
    must_fail(elsewhere, 1, 0, "192.0.2.1:0: Cannot assign requested address");
}
END_TEST

/* What was opened before the address that fails is closed, and removed. */
START_TEST(all_or_nothing)
{
    const char *const addresses[] = {"127.0.0.1", address, "192.0.2.1"};
    must_fail(addresses, 3, 0, "192.0.2.1:");
    ck_assert_int_ne(access(path, F_OK), 0);
    must_open(addresses, 2, 0);
    sockets_close(&sockets);
}
END_TEST

START_TEST(a_unix_socket_is_a_file_while_it_is_open)
{
    const char *const addresses[] = {address};
    struct stat status;
    must_open(addresses, 1, 1337);
    ck_assert_str_eq(sockets.items[0].name, address);
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISSOCK(status.st_mode));
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_ne(access(lock_path, F_OK), 0);
}
END_TEST

START_TEST(a_unix_socket_in_use_is_refused_and_goes_on)
{
    const char *const addresses[] = {address};
    must_open(addresses, 1, 0);
    for (int i = 0; i < 2; i++) {
        must_fail(addresses, 1, 0, "socket: Address already in use");
        must_listen(&sockets.items[0]);
    }
    sockets_close(&sockets);
    must_open(addresses, 1, 0);
    sockets_close(&sockets);
}
END_TEST

/* As a server that was killed leaves it: its socket's file, its lock file, but no lock. */
START_TEST(a_dead_servers_socket_is_replaced)
{
    const char *const addresses[] = {address};
    struct sockaddr_un dead = {.sun_family = AF_UNIX};
    memcpy(dead.sun_path, path, strlen(path));
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)(const void *)&dead, sizeof dead), 0);
    close(listener);
    int lock = open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_ge(lock, 0);
    close(lock);

    must_open(addresses, 1, 0);
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);
}
END_TEST

/* A file with something in it, a folder, a link: none is a server's, each stays. */
START_TEST(what_is_no_socket_is_refused_and_kept)
{
    const char *const addresses[] = {address};
    char content[16] = "";
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(file, "precious", 8), 8);
    close(file);
    must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    file = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(file, content, sizeof content - 1), 8);
    ck_assert_str_eq(content, "precious");
    close(file);
    ck_assert_int_eq(unlink(path), 0);

    ck_assert_int_eq(mkdir(path, 0700), 0);
    must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(rmdir(path), 0);

    ck_assert_int_eq(symlink("elsewhere", path), 0);
    must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(unlink(path), 0);
    unlink(lock_path); /* another test's matter */
}
END_TEST

START_TEST(a_refusal_leaves_no_lock_file)
{
    const char *const addresses[] = {address};
    ck_assert_int_eq(mkdir(path, 0700), 0);
    must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(rmdir(path), 0);
    bool is_left = unlink(lock_path) == 0;
    ck_assert_msg(!is_left, "%s is left behind", lock_path);
}
END_TEST

START_TEST(the_longest_path_is_listened_on)
{
    char name[PATH_SIZE];
    size_t length = UNIX_PATH_MAX_LENGTH - strlen(folder) - 1;
    memset(name, 'x', sizeof name);
    name[length] = '\0';
    set_path(name);
    ck_assert_uint_eq(strlen(path), UNIX_PATH_MAX_LENGTH);
    const char *const addresses[] = {address};
    must_open(addresses, 1, 0);
    ck_assert_str_eq(sockets.items[0].name, address);
    must_listen(&sockets.items[0]);
    sockets_close(&sockets);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_named)
{
    set_path("missing/socket");
    const char *const addresses[] = {address};
    must_fail(addresses, 1, 0, "missing/socket: No such file or directory");
}
END_TEST

Suite *sockets_suite(void)
{
    Suite *suite = suite_create("sockets");
    TCase *form = tcase_create("form");
    suite_add_tcase(suite, form);
    tcase_add_loop_test(form, an_address_has_a_form, 0, sizeof forms / sizeof *forms);
    tcase_add_test(form, an_address_has_a_longest_length);

    TCase *tcp = tcase_create("tcp");
    suite_add_tcase(suite, tcp);
    tcase_add_checked_fixture(tcp, set_up, tear_down);
    tcase_add_test(tcp, by_default_it_is_loopback_of_both_families);
    tcase_add_loop_test(tcp, an_address_is_listened_on, 0, sizeof hosts / sizeof *hosts);
    tcase_add_test(tcp, a_name_is_each_of_its_addresses);
    tcase_add_test(tcp, all_tcp_addresses_have_one_port);
    tcase_add_test(tcp, all_addresses_of_both_families_do_not_collide);
    tcase_add_test(tcp, a_port_in_use_is_refused);
    tcase_add_test(tcp, an_address_given_twice_is_refused);
    tcase_add_test(tcp, an_address_that_is_none_is_refused);
    tcase_add_test(tcp, all_or_nothing);

    TCase *local = tcase_create("unix");
    suite_add_tcase(suite, local);
    tcase_add_checked_fixture(local, set_up, tear_down);
    tcase_add_test(local, a_unix_socket_is_a_file_while_it_is_open);
    tcase_add_test(local, a_unix_socket_in_use_is_refused_and_goes_on);
    tcase_add_test(local, a_dead_servers_socket_is_replaced);
    tcase_add_test(local, what_is_no_socket_is_refused_and_kept);
    tcase_add_test(local, a_refusal_leaves_no_lock_file);
    tcase_add_test(local, the_longest_path_is_listened_on);
    tcase_add_test(local, a_folder_that_is_missing_is_named);
    return suite;
}

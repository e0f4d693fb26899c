/* server/net/unix_socket, through sockets: the file, its lock, and what can be in their place. */
#include "server/net/unix_socket.h"
#include "test/kit/failing_lstat.h"
#include "test/kit/socket_place.h"
#include "test/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { UNIX_PATH_MAX_LENGTH = 107 };

START_TEST(a_unix_socket_is_a_file_while_it_is_open)
{
    const char *const addresses[] = {place.address};
    struct stat status;
    sockets_must_open(addresses, 1, 1337);
    ck_assert_str_eq(place.sockets.items[0].name, place.address);
    ck_assert_int_eq(lstat(place.path, &status), 0);
    ck_assert(S_ISSOCK(status.st_mode));
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
    ck_assert_int_ne(access(place.path, F_OK), 0);
    ck_assert_int_ne(access(place.lock_path, F_OK), 0);
}
END_TEST

START_TEST(a_unix_socket_in_use_is_refused_and_goes_on)
{
    const char *const addresses[] = {place.address};
    sockets_must_open(addresses, 1, 0);
    for (int i = 0; i < 2; i++) {
        sockets_must_fail(addresses, 1, 0, "socket: another program listens there");
        socket_must_listen(&place.sockets.items[0]);
    }
    sockets_close(&place.sockets);
    sockets_must_open(addresses, 1, 0);
    sockets_close(&place.sockets);
}
END_TEST

/* A server that was killed leaves its socket file and its lock file, but no lock. */
START_TEST(a_dead_servers_socket_is_replaced)
{
    const char *const addresses[] = {place.address};
    struct sockaddr_un dead = {.sun_family = AF_UNIX};
    memcpy(dead.sun_path, place.path, strlen(place.path));
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)(const void *)&dead, sizeof dead), 0);
    close(listener);
    int lock = open(place.lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_ge(lock, 0);
    close(lock);

    sockets_must_open(addresses, 1, 0);
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
}
END_TEST

/* Another program's socket: it knows nothing of the lock. */
static int bind_other(int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, place.path, strlen(place.path));
    int other = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(other, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    return other;
}

static ino_t inode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    return status.st_ino;
}

/* It listens; its backlog is full; it takes datagrams. */
START_TEST(another_programs_live_socket_stays)
{
    const char *const addresses[] = {place.address};
    int other = bind_other(_i == 2 ? SOCK_DGRAM : SOCK_STREAM);
    int waiting = -1;
    const ino_t inode = inode_of(place.path);
    if (_i < 2) {
        ck_assert_int_eq(listen(other, _i == 0 ? 8 : 0), 0);
    }
    if (_i == 1) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        memcpy(address.sun_path, place.path, strlen(place.path));
        waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(
            connect(waiting, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    }
    sockets_must_fail(addresses, 1, 0, "socket: another program listens there");
    ck_assert_uint_eq(inode_of(place.path), inode);
    ck_assert_int_ne(access(place.lock_path, F_OK), 0);
    if (waiting >= 0) {
        close(waiting);
    }
    close(other);
    sockets_must_open(addresses, 1, 0); /* now it is dead */
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
}
END_TEST

/* The server's file was removed, and another program has the path now. */
START_TEST(at_the_end_another_programs_socket_stays)
{
    const char *const addresses[] = {place.address};
    sockets_must_open(addresses, 1, 0);
    ck_assert_int_eq(unlink(place.path), 0);
    int other = bind_other(SOCK_STREAM);
    const ino_t inode = inode_of(place.path);
    sockets_close(&place.sockets);
    ck_assert_uint_eq(inode_of(place.path), inode);
    ck_assert_int_ne(access(place.lock_path, F_OK), 0);
    close(other);
    ck_assert_int_eq(unlink(place.path), 0);
}
END_TEST

/* Somebody has removed the lock: the next server sees that the socket is served all the same, and
 * the first one leaves the lock of another. */
START_TEST(a_lock_that_was_removed_does_no_harm)
{
    const char *const addresses[] = {place.address};
    sockets_must_open(addresses, 1, 0);
    ck_assert_int_eq(unlink(place.lock_path), 0);
    sockets_must_fail(addresses, 1, 0, "socket: another program listens there");
    int probe = accept(place.sockets.items[0].descriptor, NULL, NULL);
    ck_assert_int_ge(probe, 0);
    close(probe);
    socket_must_listen(&place.sockets.items[0]);
    int lock = open(place.lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    sockets_close(&place.sockets);
    ck_assert_int_eq(unlink(place.lock_path), 0);
    close(lock);
}
END_TEST

/* `--listen unix:yarn` beside a yarn.lock: the file of this name is somebody's work. */
START_TEST(a_file_with_the_locks_name_is_kept)
{
    const char *const addresses[] = {place.address};
    char content[16] = "";
    int file = open(place.lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(file, "precious", 8), 8);
    sockets_must_fail(addresses, 1, 0, "socket.lock exists, and is no server's lock");
    ck_assert_int_eq(pread(file, content, sizeof content - 1, 0), 8);
    ck_assert_str_eq(content, "precious");
    close(file);
    ck_assert_int_eq(unlink(place.lock_path), 0);

    ck_assert_int_eq(mkfifo(place.lock_path, 0600), 0);
    sockets_must_fail(addresses, 1, 0, "socket.lock exists, and is no server's lock");
    ck_assert_int_eq(unlink(place.lock_path), 0);
    ck_assert_int_eq(symlink("elsewhere", place.lock_path), 0);
    sockets_must_fail(addresses, 1, 0, "cannot lock ");
    ck_assert_int_eq(unlink(place.lock_path), 0);
    ck_assert_int_ne(access(place.path, F_OK), 0);
}
END_TEST

/* A regular file, a folder, a link: the server did not make them, so it keeps them. */
START_TEST(what_is_no_socket_is_refused_and_kept)
{
    const char *const addresses[] = {place.address};
    char content[16] = "";
    int file = open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(file, "precious", 8), 8);
    close(file);
    sockets_must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    file = open(place.path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(file, content, sizeof content - 1), 8);
    ck_assert_str_eq(content, "precious");
    close(file);
    ck_assert_int_eq(unlink(place.path), 0);

    ck_assert_int_eq(mkdir(place.path, 0700), 0);
    sockets_must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(rmdir(place.path), 0);

    ck_assert_int_eq(symlink("elsewhere", place.path), 0);
    sockets_must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(unlink(place.path), 0);
    unlink(place.lock_path); /* a_refusal_leaves_no_lock_file tests it */
}
END_TEST

START_TEST(a_refusal_leaves_no_lock_file)
{
    const char *const addresses[] = {place.address};
    ck_assert_int_eq(mkdir(place.path, 0700), 0);
    sockets_must_fail(addresses, 1, 0, "socket: the file exists, and is no socket");
    ck_assert_int_eq(rmdir(place.path), 0);
    bool is_left = unlink(place.lock_path) == 0;
    ck_assert_msg(!is_left, "%s is left behind", place.lock_path);
}
END_TEST

/* The socket's file is there already when it cannot be found again. */
START_TEST(a_failure_leaves_no_socket)
{
    struct unix_socket socket;
    char error[UNIX_SOCKET_ERROR_SIZE];
    if (!failing_lstat_begin(place.path)) {
        return;
    }
    ck_assert_int_eq(unix_socket_open(place.path, 8, &socket, error), -1);
    ck_assert_ptr_nonnull(strstr(error, "No such file or directory"));
    ck_assert_int_ne(access(place.path, F_OK), 0);
    ck_assert_int_ne(access(place.lock_path, F_OK), 0);
}
END_TEST

START_TEST(the_longest_path_is_listened_on)
{
    char name[PLACE_PATH_SIZE];
    size_t length = UNIX_PATH_MAX_LENGTH - strlen(place.folder) - 1;
    memset(name, 'x', sizeof name);
    name[length] = '\0';
    place_set_path(name);
    ck_assert_uint_eq(strlen(place.path), UNIX_PATH_MAX_LENGTH);
    const char *const addresses[] = {place.address};
    sockets_must_open(addresses, 1, 0);
    ck_assert_str_eq(place.sockets.items[0].name, place.address);
    socket_must_listen(&place.sockets.items[0]);
    sockets_close(&place.sockets);
    ck_assert_int_ne(access(place.path, F_OK), 0);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_named)
{
    place_set_path("missing/socket");
    const char *const addresses[] = {place.address};
    sockets_must_fail(addresses, 1, 0, "missing/socket.lock: No such file or directory");
}
END_TEST

Suite *unix_socket_suite(void)
{
    Suite *suite = suite_create("unix-socket");
    TCase *tcase = tcase_create("unix-socket");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, place_set_up, place_tear_down);
    tcase_add_test(tcase, a_unix_socket_is_a_file_while_it_is_open);
    tcase_add_test(tcase, a_unix_socket_in_use_is_refused_and_goes_on);
    tcase_add_test(tcase, a_dead_servers_socket_is_replaced);
    tcase_add_loop_test(tcase, another_programs_live_socket_stays, 0, 3);
    tcase_add_test(tcase, at_the_end_another_programs_socket_stays);
    tcase_add_test(tcase, a_lock_that_was_removed_does_no_harm);
    tcase_add_test(tcase, a_file_with_the_locks_name_is_kept);
    tcase_add_test(tcase, what_is_no_socket_is_refused_and_kept);
    tcase_add_test(tcase, a_refusal_leaves_no_lock_file);
    tcase_add_test(tcase, a_failure_leaves_no_socket);
    tcase_add_test(tcase, the_longest_path_is_listened_on);
    tcase_add_test(tcase, a_folder_that_is_missing_is_named);
    return suite;
}

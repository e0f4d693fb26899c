/* The server's program with a file store: what it says, what it refuses, and what it leaves. */
#include "test/durability/store_server.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_server store;

static void set_up(void)
{
    file_set_up();
    store_server_make(&store);
}

static void tear_down(void)
{
    store_server_remove(&store);
    file_tear_down();
}

/* Runs a server that must not start, and returns what it says. */
static const char *refused(struct program **ret_program, int status, const char *mode,
                           const char *place)
{
    *ret_program = program_start(programs_server_path(), "--mode", mode, "--port", "0", "--listen",
                                 "127.0.0.1", "--store", place, NULL);
    ck_assert_int_eq(program_wait_exit(*ret_program), status);
    return program_output(*ret_program, PROGRAM_STDERR);
}

static void expect_refusal(int status, const char *mode, const char *place, const char *text)
{
    struct program *program;
    const char *said = refused(&program, status, mode, place);
    ck_assert_msg(strstr(said, text) != NULL, "%s", said);
    ck_assert_str_eq(program_output(program, PROGRAM_STDOUT), "");
    program_destroy(program);
}

static void run_client(unsigned port)
{
    struct program *client = client_start(port, "-m", "stateful", "-n", "3", NULL);
    program_expect_success(client);
}

START_TEST(the_log_says_what_the_store_does)
{
    char line[STORE_PATH_SIZE + 64];
    store_server_start(&store, "--interval", "1ms", NULL);
    struct program *server = store.server.program;
    snprintf(line, sizeof line, "store opened path=%s sessions=0", store.path);
    program_wait_line(server, PROGRAM_STDERR, line);
    program_wait_line(server, PROGRAM_STDERR, "mode=stateful store=file");
    run_client(store.server.port);
    program_signal(server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server), 0);
    snprintf(line, sizeof line, "store closed path=%s written=2 refused=0 unwritten=0\n",
             store.path);
    const char *said = program_output(server, PROGRAM_STDERR);
    ck_assert_msg(strstr(said, line) != NULL, "%s", said);
    ck_assert_ptr_null(strstr(said, "effect="));
    program_destroy(server);

    store_server_start(&store, NULL);
    program_wait_line(store.server.program, PROGRAM_STDERR, "sessions=1");
    server_kill(&store.server);
    store_server_start(&store, NULL);
    program_wait_line(store.server.program, PROGRAM_STDERR,
                      "sessions=1 effect=\"the server has crashed: ");
    server_stop(&store.server);
}
END_TEST

START_TEST(a_file_that_is_not_ours_is_refused_and_stays)
{
    char place[2 * FILE_PATH_SIZE];
    char text[2 * FILE_PATH_SIZE];
    struct file_bytes bytes = {(uint8_t *)strdup("a letter to a friend\n"), 21};
    file_bytes_write(file_path, &bytes);
    snprintf(place, sizeof place, "file:%s", file_path);
    snprintf(text, sizeof text, "comms-server: cannot use the session store %s: it is ", file_path);
    expect_refusal(1, "stateful", place, text);
    struct file_bytes after = file_bytes_read(file_path);
    ck_assert_uint_eq(after.size, 21);
    ck_assert_mem_eq(after.bytes, bytes.bytes, 21);
    free(after.bytes);
    free(bytes.bytes);
    snprintf(place, sizeof place, "file:%s", file_folder);
    expect_refusal(1, "stateful", place, "is a directory; name a file in it");
    snprintf(place, sizeof place, "file:%s/none/sessions", file_folder);
    expect_refusal(1, "stateful", place, "cannot be made: No such file or directory");
}
END_TEST

START_TEST(a_link_to_nothing_is_refused)
{
    char link[FILE_PATH_SIZE + 8];
    char place[sizeof link + 8];
    snprintf(link, sizeof link, "%s.link", file_path);
    snprintf(place, sizeof place, "file:%s", link);
    ck_assert_int_eq(symlink("nowhere", link), 0);
    expect_refusal(1, "stateful", place, "is a symbolic link to a file that is not there");
    ck_assert_int_eq(unlink(link), 0);
}
END_TEST

START_TEST(wrong_values_are_refused)
{
    expect_refusal(64, "stateful", "file:", "a path is missing: write --store file:PATH");
    expect_refusal(64, "stateful", "file",
                   "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX");
    expect_refusal(64, "stateful", "memory:x", "memory has no place");
    expect_refusal(64, "stateful", "", "invalid --store");
    expect_refusal(64, "stateful", "redis:x",
                   "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX");
    expect_refusal(64, "stateless", store.place, "--store requires --mode stateful");
}
END_TEST

/* Also while the first one is stopped: it holds the lock. */
START_TEST(a_second_server_on_the_file_is_refused)
{
    store_server_start(&store, "--interval", "1ms", NULL);
    expect_refusal(1, "stateful", store.place, "is in use by another server; stop it, or choose");
    program_signal(store.server.program, SIGSTOP);
    expect_refusal(1, "stateful", store.place, "is in use by another server");
    program_signal(store.server.program, SIGCONT);
    run_client(store.server.port);
    server_stop(&store.server);
}
END_TEST

/* A path that is relative to the folder in which the server was started. */
START_TEST(a_relative_path)
{
    char folder[256];
    char server[512];
    struct program *program;
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    const char *path = programs_server_path();
    snprintf(server, sizeof server, "%s%s%s", path[0] == '/' ? "" : folder,
             path[0] == '/' ? "" : "/", path);
    ck_assert_int_eq(chdir(file_folder), 0);
    program = program_start(server, "-m", "stateful", "-p", "0", "--store", "file:here", NULL);
    program_wait_line(program, PROGRAM_STDERR, "store opened path=here sessions=0");
    program_signal(program, SIGTERM);
    program_expect_success(program);
    ck_assert_int_eq(access("here", R_OK), 0);
    ck_assert_int_eq(chdir(folder), 0);
}
END_TEST

Suite *store_program_suite(void)
{
    Suite *suite = suite_create("store-program");
    TCase *tcase = tcase_create("store-program");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_log_says_what_the_store_does);
    tcase_add_test(tcase, a_file_that_is_not_ours_is_refused_and_stays);
    tcase_add_test(tcase, a_link_to_nothing_is_refused);
    tcase_add_test(tcase, wrong_values_are_refused);
    tcase_add_test(tcase, a_second_server_on_the_file_is_refused);
    tcase_add_test(tcase, a_relative_path);
    return suite;
}

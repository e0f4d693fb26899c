/* The client's hold of the socket that C core opened: its name, and its end. */
#include "client/grpc/socket_watch.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_SIZE = 128 };

static struct socket_watch *watch;
static char text[TEXT_SIZE];
static int ours;   /* the end that C core is said to have opened */
static int theirs; /* the other one */

/* A connection over TCP, so that both ends have addresses. */
static void connect_ends(int *ret_ours, int *ret_theirs)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *any = (struct sockaddr *)(void *)&address;
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, any, length), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, any, &length), 0);
    *ret_ours = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(*ret_ours, any, length), 0);
    *ret_theirs = accept(listener, NULL, NULL);
    ck_assert_int_ge(*ret_theirs, 0);
    ck_assert_int_eq(close(listener), 0);
}

static void set_up(void)
{
    watch = socket_watch_create();
    ck_assert_ptr_nonnull(watch);
    connect_ends(&ours, &theirs);
}

static void tear_down(void)
{
    socket_watch_unref(watch);
    close(ours);
    close(theirs);
}

/* As C core shows a socket that it has opened. */
static void show(int descriptor)
{
    ck_assert(watch->mutator.functions->mutate(descriptor, &watch->mutator));
}

/* Nothing comes and nothing has ended: a read would wait. */
static bool is_open(int descriptor)
{
    char byte;
    return recv(descriptor, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1;
}

static void expect_address(int descriptor)
{
    struct sockaddr_in address = {.sin_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    char wanted[TEXT_SIZE];
    ck_assert_int_eq(getsockname(descriptor, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(wanted, sizeof wanted, "127.0.0.1:%d", ntohs(address.sin_port));
    socket_watch_address(watch, NULL, text, sizeof text);
    ck_assert_str_eq(text, wanted);
}

static void expect_no_address(void)
{
    snprintf(text, sizeof text, "as before");
    socket_watch_address(watch, NULL, text, sizeof text);
    ck_assert_str_eq(text, "");
}

START_TEST(before_a_connection_there_is_nothing)
{
    expect_no_address();
    socket_watch_cut(watch);
    ck_assert(is_open(ours));
}
END_TEST

START_TEST(the_address_is_the_sockets_own)
{
    show(ours);
    expect_address(ours);
}
END_TEST

START_TEST(a_cut_ends_the_connection_at_both_ends)
{
    show(ours);
    ck_assert(is_open(theirs));
    socket_watch_cut(watch);
    char byte;
    ck_assert_int_eq(recv(theirs, &byte, 1, 0), 0);
    ck_assert_int_eq(recv(ours, &byte, 1, 0), 0);
    ck_assert_int_eq(send(ours, "x", 1, MSG_NOSIGNAL), -1);
}
END_TEST

/* The descriptor is C core's to close. */
START_TEST(a_cut_does_not_close_the_socket)
{
    show(ours);
    socket_watch_cut(watch);
    ck_assert_int_eq(close(ours), 0);
    connect_ends(&ours, &(int){-1});
}
END_TEST

/* A channel has several where its server has several addresses. */
START_TEST(the_socket_opened_last_has_the_address_and_a_cut_ends_all)
{
    int first = ours;
    int first_theirs = theirs;
    show(first);
    connect_ends(&ours, &theirs);
    show(ours);
    expect_address(ours);
    ck_assert(socket_watch_cut(watch));
    ck_assert(!is_open(first_theirs));
    ck_assert(!is_open(theirs));
    close(first);
    close(first_theirs);
}
END_TEST

/* The name of the other end of a socket, as reports have it. */
static const char *peer_of(int descriptor, char *peer)
{
    struct sockaddr_in address = {.sin_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    ck_assert_int_eq(getpeername(descriptor, (struct sockaddr *)(void *)&address, &length), 0);
    snprintf(peer, TEXT_SIZE, "127.0.0.1:%d", ntohs(address.sin_port));
    return peer;
}

START_TEST(each_connection_is_used_for_the_first_time_once)
{
    char first_peer[TEXT_SIZE];
    char peer[TEXT_SIZE];
    int first = ours;
    int first_theirs = theirs;
    show(first);
    connect_ends(&ours, &theirs);
    show(ours);
    peer_of(first, first_peer);
    peer_of(ours, peer);
    ck_assert(!socket_watch_is_first_use(watch, "127.0.0.1:1"));
    ck_assert(socket_watch_is_first_use(watch, first_peer));
    ck_assert(!socket_watch_is_first_use(watch, first_peer));
    ck_assert(socket_watch_is_first_use(watch, peer));
    ck_assert(!socket_watch_is_first_use(watch, peer));
    socket_watch_address(watch, first_peer, text, sizeof text);
    ck_assert_str_ne(text, "");
    close(first);
    socket_watch_address(watch, first_peer, text, sizeof text);
    ck_assert_str_eq(text, "");
    ck_assert(!socket_watch_is_first_use(watch, first_peer));
    expect_address(ours);
    close(first_theirs);
}
END_TEST

/* Waits until the kernel finds that nothing has come for long enough. */
START_TEST(it_settles_once_every_peer_has_sent_its_greeting)
{
    ck_assert(socket_watch_is_settled(watch));
    show(ours);
    ck_assert(!socket_watch_is_settled(watch));
    ck_assert_int_eq(send(theirs, "x", 1, 0), 1);
    while (!socket_watch_is_settled(watch)) {
    }
    int first = ours;
    int first_theirs = theirs;
    connect_ends(&ours, &theirs);
    show(ours);
    ck_assert(!socket_watch_is_settled(watch));
    close(ours);
    ck_assert(socket_watch_is_settled(watch));
    close(theirs);
    ours = first;
    theirs = first_theirs;
}
END_TEST

/* Its number may mean another socket by now, which is none of ours. */
START_TEST(a_closed_socket_is_not_mistaken_for_its_successor)
{
    int other;
    int other_theirs;
    show(ours);
    connect_ends(&other, &other_theirs);
    ck_assert_int_eq(dup2(other, ours), ours);
    ck_assert_int_eq(close(other), 0);
    expect_no_address();
    socket_watch_cut(watch);
    ck_assert(is_open(ours));
    ck_assert(is_open(other_theirs));
    close(other_theirs);
}
END_TEST

START_TEST(a_closed_socket_is_no_more)
{
    show(ours);
    ck_assert_int_eq(close(ours), 0);
    expect_no_address();
    socket_watch_cut(watch);
    connect_ends(&ours, &(int){-1});
}
END_TEST

/* A number that means no socket at all. */
START_TEST(what_is_no_socket_is_not_noted)
{
    int pipes[2];
    ck_assert_int_eq(pipe(pipes), 0);
    show(pipes[0]);
    expect_no_address();
    socket_watch_cut(watch);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

/* C core compares the arguments of channels to find out which could share a connection. */
START_TEST(two_watches_are_never_the_same)
{
    struct socket_watch *other = socket_watch_create();
    ck_assert_ptr_nonnull(other);
    int order = watch->mutator.functions->compare(&watch->mutator, &other->mutator);
    ck_assert_int_ne(order, 0);
    ck_assert_int_eq(watch->mutator.functions->compare(&other->mutator, &watch->mutator), -order);
    ck_assert_int_eq(watch->mutator.functions->compare(&watch->mutator, &watch->mutator), 0);

    const grpc_arg argument = socket_watch_argument(watch);
    const grpc_arg_pointer_vtable *table = argument.value.pointer.vtable;
    ck_assert_int_eq(table->cmp(watch, other), order);
    ck_assert_int_eq(table->cmp(watch, watch), 0);
    socket_watch_unref(other);
}
END_TEST

/* C core may hold it for longer than the client does; whoever is last frees it. */
START_TEST(the_argument_keeps_the_watch)
{
    const grpc_arg argument = socket_watch_argument(watch);
    ck_assert_int_eq(argument.type, GRPC_ARG_POINTER);
    ck_assert_str_eq(argument.key, GRPC_ARG_SOCKET_MUTATOR);
    ck_assert_ptr_eq(argument.value.pointer.vtable->copy(argument.value.pointer.p), watch);
    socket_watch_unref(watch); /* ours */
    show(ours);
    expect_address(ours);
    argument.value.pointer.vtable->destroy(argument.value.pointer.p);
    watch = NULL; /* nobody is to be given up as nothing */
}
END_TEST

Suite *socket_watch_suite(void)
{
    Suite *suite = suite_create("socket-watch");
    TCase *tcase = tcase_create("socket-watch");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, before_a_connection_there_is_nothing);
    tcase_add_test(tcase, the_address_is_the_sockets_own);
    tcase_add_test(tcase, a_cut_ends_the_connection_at_both_ends);
    tcase_add_test(tcase, a_cut_does_not_close_the_socket);
    tcase_add_test(tcase, the_socket_opened_last_has_the_address_and_a_cut_ends_all);
    tcase_add_test(tcase, each_connection_is_used_for_the_first_time_once);
    tcase_add_test(tcase, it_settles_once_every_peer_has_sent_its_greeting);
    tcase_add_test(tcase, a_closed_socket_is_not_mistaken_for_its_successor);
    tcase_add_test(tcase, a_closed_socket_is_no_more);
    tcase_add_test(tcase, what_is_no_socket_is_not_noted);
    tcase_add_test(tcase, two_watches_are_never_the_same);
    tcase_add_test(tcase, the_argument_keeps_the_watch);
    return suite;
}

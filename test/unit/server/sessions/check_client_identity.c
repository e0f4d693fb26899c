/* Who a client is: which names are the same, what the log shows, and which sessions it may have. */
#include "server/sessions/client_identity.h"
#include "server/sessions/session.h"
#include "server/sessions/store_memory.h"
#include "test/kit/sessions_fixture.h"
#include "test/suites.h"

#include <string.h>

static struct client_key key_of(enum client_kind kind, const char *name, size_t length)
{
    struct client_key key;
    client_key_make(&key, kind, name, length);
    return key;
}

START_TEST(names_are_the_same_if_kind_and_bytes_are)
{
    static const char *const texts[] = {"a", "b", "a ", "A", "aa", "CN=a", ""};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    struct client_key keys[(CLIENT_CERTIFICATE + 1) * TEXTS];
    size_t count = 0;
    for (int kind = 0; kind <= CLIENT_CERTIFICATE; kind++) {
        for (size_t i = 0; i < TEXTS; i++) {
            keys[count++] = key_of((enum client_kind)kind, texts[i], strlen(texts[i]));
        }
    }
    for (size_t i = 0; i < count; i++) {
        ck_assert(!client_key_equal(&keys[i], NULL));
        for (size_t k = 0; k < count; k++) {
            ck_assert_int_eq(client_key_equal(&keys[i], &keys[k]), i == k);
        }
    }
    ck_assert(client_key_equal(NULL, NULL));
}
END_TEST

/* An authority can be made to sign "good\0.evil". */
START_TEST(a_name_does_not_end_at_a_nul)
{
    const struct client_key whole = key_of(CLIENT_DNS, "good\0.evil", 10);
    const struct client_key beginning = key_of(CLIENT_DNS, "good", 4);
    ck_assert(!client_key_equal(&whole, &beginning));
}
END_TEST

static const struct {
    enum client_kind kind;
    const char *name;
    const char *shown;
} shown[] = {
    {CLIENT_SPIFFE, "spiffe://example.org/a", "spiffe://example.org/a"},
    {CLIENT_URI, "https://example.org", "URI:https://example.org"},
    {CLIENT_DNS, "a.example", "DNS:a.example"},
    {CLIENT_SUBJECT, "CN=a,O=b", "CN=a,O=b"},
    {CLIENT_SUBJECT, "CN=a\n2026-01-01 info\x1b[31m\xff", "CN=a?2026-01-01 info?[31m?"},
};

START_TEST(a_name_is_shown_as_printable_text)
{
    struct client_identity *identity =
        client_identity_create(shown[_i].kind, shown[_i].name, strlen(shown[_i].name));
    ck_assert_ptr_nonnull(identity);
    ck_assert_str_eq(identity->name, shown[_i].shown);
    client_identity_unref(identity);
}
END_TEST

START_TEST(a_long_name_is_cut_but_counts_whole)
{
    char name[1000];
    memset(name, 'x', sizeof name);
    struct client_identity *one = client_identity_create(CLIENT_DNS, name, sizeof name);
    name[sizeof name - 1] = 'y';
    struct client_identity *other = client_identity_create(CLIENT_DNS, name, sizeof name);
    ck_assert_uint_eq(strlen(one->name), CLIENT_NAME_SIZE - 1);
    ck_assert_str_eq(one->name + CLIENT_NAME_SIZE - 4, "...");
    ck_assert(!client_key_equal(&one->key, &other->key));
    client_identity_unref(one);
    client_identity_unref(other);
}
END_TEST

/* The certificate's text says nothing to people. */
START_TEST(a_certificate_is_shown_by_its_key)
{
    static const char pem[] = "-----BEGIN CERTIFICATE-----";
    struct client_identity *identity =
        client_identity_create(CLIENT_CERTIFICATE, pem, sizeof pem - 1);
    ck_assert_uint_eq(strlen(identity->name), strlen("certificate:") + 16);
    ck_assert_ptr_null(strstr(identity->name, "BEGIN"));
    client_identity_unref(identity);
}
END_TEST

/* ---- Sessions -------------------------------------------------------------------------------- */

static struct client_key ann;
static struct client_key bob;
static struct test_owner owner;
static struct store_memory store;

static void set_up(void)
{
    sessions_set_up();
    store_memory_init(&store, sessions);
    ann = key_of(CLIENT_SUBJECT, "CN=ann", 6);
    bob = key_of(CLIENT_SUBJECT, "CN=bob", 6);
}

/* Whose stream asks, and the session it asks for: every pair of different clients. */
static const struct client_key *const strangers[][2] = {
    {&ann, &bob}, {&bob, &ann}, {&ann, NULL}, {NULL, &ann}};
static const struct client_key *const friends[][2] = {{&ann, &ann}, {&bob, &bob}, {NULL, NULL}};

enum {
    STRANGERS = sizeof strangers / sizeof strangers[0],
    FRIENDS = sizeof friends / sizeof friends[0]
};

static struct session_hold start_as(const struct client_key *client)
{
    owner = new_owner();
    owner.owner.client = client;
    return started_session(1, &owner);
}

static enum error ask_as(const struct client_key *client, enum store_operation operation,
                         struct store_request *request)
{
    static struct test_owner asker;
    asker = new_owner();
    asker.owner.client = client;
    *request = (struct store_request){
        .operation = operation, .uuid = uuid_of(1), .n = N, .owner = &asker.owner};
    ck_assert(store.store.submit(&store.store, request));
    return request->outcome;
}

START_TEST(a_stranger_cannot_find_a_session)
{
    struct session_hold hold = start_as(strangers[_i][0]);
    struct store_request request;
    ck_assert_int_eq(ask_as(strangers[_i][1], STORE_LOOK_UP, &request), ERROR_OTHER_CLIENT);
    ck_assert_ptr_null(request.session);
    ck_assert_int_eq(owner.lost, 0);
    ck_assert(session_count(&hold, 1));
    sessions_leave(sessions, &hold);
}
END_TEST

static int evictions;

static void count_eviction(const struct session *session)
{
    (void)session;
    evictions++;
}

/* Neither the owner nor the idle time changes: it is evicted as if nobody had asked. */
START_TEST(a_stranger_does_not_keep_a_session_alive)
{
    struct session_hold hold = start_as(strangers[_i][0]);
    struct store_request request;
    sessions_leave(sessions, &hold);
    fake_clock_advance(&sessions_clock, SESSIONS_TIMEOUT - 1);
    ck_assert_int_eq(ask_as(strangers[_i][1], STORE_LOOK_UP, &request), ERROR_OTHER_CLIENT);
    ck_assert_int_eq(ask_as(strangers[_i][1], STORE_CREATE, &request), ERROR_OTHER_CLIENT);
    ck_assert(exists(1));
    fake_clock_advance(&sessions_clock, 1);
    ck_assert(sessions_reap(sessions, count_eviction));
    ck_assert_int_eq(evictions, 1);
    ck_assert(!exists(1));
}
END_TEST

/* A finished session gives way to a START of its own client only. */
START_TEST(a_stranger_cannot_replace_a_finished_session)
{
    struct session_hold hold = start_as(strangers[_i][0]);
    struct store_request request;
    count_all(&hold);
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(ask_as(strangers[_i][1], STORE_CREATE, &request), ERROR_OTHER_CLIENT);
    ck_assert_int_eq(ask_as(strangers[_i][0], STORE_LOOK_UP, &request), ERROR_NONE);
    ck_assert(session_is_finished(request.session));
    session_unref(request.session);
}
END_TEST

START_TEST(its_own_client_finds_and_replaces_a_session)
{
    struct session_hold hold = start_as(friends[_i][0]);
    struct store_request request;
    count_all(&hold);
    sessions_leave(sessions, &hold);
    ck_assert_int_eq(ask_as(friends[_i][1], STORE_LOOK_UP, &request), ERROR_NONE);
    session_unref(request.session);
    ck_assert_int_eq(ask_as(friends[_i][1], STORE_CREATE, &request), ERROR_NONE);
    sessions_leave(sessions, &request.hold);
}
END_TEST

Suite *client_identity_suite(void)
{
    Suite *suite = suite_create("client_identity");
    TCase *names = tcase_create("names");
    tcase_add_test(names, names_are_the_same_if_kind_and_bytes_are);
    tcase_add_test(names, a_name_does_not_end_at_a_nul);
    tcase_add_loop_test(names, a_name_is_shown_as_printable_text, 0,
                        sizeof shown / sizeof shown[0]);
    tcase_add_test(names, a_long_name_is_cut_but_counts_whole);
    tcase_add_test(names, a_certificate_is_shown_by_its_key);
    suite_add_tcase(suite, names);
    TCase *owned = tcase_create("sessions of clients");
    tcase_add_checked_fixture(owned, set_up, sessions_tear_down);
    tcase_add_loop_test(owned, a_stranger_cannot_find_a_session, 0, STRANGERS);
    tcase_add_loop_test(owned, a_stranger_does_not_keep_a_session_alive, 0, STRANGERS);
    tcase_add_loop_test(owned, a_stranger_cannot_replace_a_finished_session, 0, STRANGERS);
    tcase_add_loop_test(owned, its_own_client_finds_and_replaces_a_session, 0, FRIENDS);
    suite_add_tcase(suite, owned);
    return suite;
}

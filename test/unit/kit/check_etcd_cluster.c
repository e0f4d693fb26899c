/* The real etcd that tests of stores rest on: it elects, loses members, has users and TLS. */
#include "test/kit/etcd_cluster.h"
#include "test/kit/programs/held_calls.h"
#include "test/kit/tls_handshake.h"
#include "test/suites.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct etcd_cluster cluster;

static struct etcd_gateway leader_gateway(void)
{
    struct etcd_gateway gateway = {.port = cluster.members[etcd_cluster_leader(&cluster)].port};
    memcpy(gateway.token, cluster.token, sizeof gateway.token);
    return gateway;
}

/* The key "a/1": in base 64 YS8x. */
static json_t *put_body(void)
{
    return json_pack("{ss ss}", "key", "YS8x", "value", "MQ==");
}

static json_t *put(const struct etcd_gateway *gateway)
{
    return etcd_gateway_ask(gateway, "/v3/kv/put", put_body());
}

static void expect_put(void)
{
    const struct etcd_gateway gateway = leader_gateway();
    json_t *answer = put(&gateway);
    ck_assert_ptr_nonnull(answer);
    json_decref(answer);
}

START_TEST(keys_survive_every_leader)
{
    const struct etcd_cluster_settings settings = {.members = 3};
    etcd_cluster_start(&cluster, &settings);
    expect_put();
    size_t first = etcd_cluster_leader(&cluster);
    etcd_cluster_stop(&cluster, first);
    size_t second = etcd_cluster_leader(&cluster);
    ck_assert_uint_ne(second, first);
    etcd_cluster_go_on(&cluster, first);
    etcd_cluster_await(&cluster);
    etcd_cluster_kill(&cluster, second, SIGKILL);
    ck_assert_uint_ne(etcd_cluster_leader(&cluster), second);
    ck_assert_uint_eq(etcd_cluster_count(&cluster, "a/"), 1);
    etcd_cluster_restart(&cluster, second);
    etcd_cluster_await(&cluster);
    etcd_cluster_delete(&cluster, "a/");
    ck_assert_uint_eq(etcd_cluster_count(&cluster, "a/"), 0);
    etcd_cluster_end(&cluster);
}
END_TEST

START_TEST(a_frozen_disk_ends_no_put)
{
    const struct etcd_cluster_settings settings = {.members = 1, .has_disk = true};
    etcd_cluster_start(&cluster, &settings);
    const struct etcd_gateway gateway = leader_gateway();
    expect_put();
    etcd_cluster_freeze(&cluster, 0);
    ck_assert_ptr_null(etcd_gateway_look(&gateway, "/v3/kv/put", put_body()));
    etcd_cluster_thaw(&cluster, 0);
    expect_put();
    etcd_cluster_end(&cluster);
}
END_TEST

START_TEST(only_its_users_come_in)
{
    const struct etcd_cluster_settings settings = {.members = 1, .user_prefix = "a/"};
    etcd_cluster_start(&cluster, &settings);
    struct etcd_gateway gateway = {.port = cluster.members[0].port};
    ck_assert_ptr_null(put(&gateway));
    etcd_gateway_log_in(&gateway, ETCD_CLUSTER_USER, ETCD_CLUSTER_PASSWORD);
    json_t *answer = put(&gateway);
    ck_assert_ptr_nonnull(answer);
    json_decref(answer);
    ck_assert_uint_eq(etcd_cluster_count(&cluster, "a/"), 1);
    etcd_cluster_end(&cluster);
}
END_TEST

START_TEST(only_its_own_certificates_come_in)
{
    struct certificates certificates;
    char place[ETCD_CLUSTER_PLACE_SIZE];
    char expected[ETCD_CLUSTER_PLACE_SIZE];
    char text[TLS_HANDSHAKE_TEXT_SIZE];
    certificates_make(&certificates);
    const struct certificate stranger = {
        .name = "stranger", .authority = "other-ca", .subject = "stranger"};
    certificates_issue(&certificates, &stranger);
    const struct etcd_cluster_settings settings = {.members = 1, .certificates = &certificates};
    etcd_cluster_start(&cluster, &settings);
    struct tls_handshake handshake = {
        .certificates = &certificates, .authority = "ca", .client = "client"};
    const uint16_t port = cluster.members[0].tls_port;
    ck_assert_msg(tls_handshake_try(&handshake, port, text), "%s", text);
    handshake.client = "stranger";
    ck_assert(!tls_handshake_try(&handshake, port, text));
    handshake.client = NULL;
    ck_assert(!tls_handshake_try(&handshake, port, text));
    etcd_cluster_place(&cluster, "a", place);
    snprintf(expected, sizeof expected, "etcds://127.0.0.1:%u/a", port);
    ck_assert_str_eq(place, expected);
    etcd_cluster_end(&cluster);
    certificates_remove(&certificates);
}
END_TEST

Suite *etcd_cluster_suite(void)
{
    Suite *suite = suite_create("etcd-cluster");
    TCase *tcase = tcase_create("etcd-cluster");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, etcd_cluster_set_up, etcd_cluster_tear_down);
    if (etcd_cluster_is_here(tcase)) {
        tcase_add_test(tcase, keys_survive_every_leader);
        tcase_add_test(tcase, only_its_users_come_in);
        tcase_add_test(tcase, only_its_own_certificates_come_in);
        if (held_calls_are_possible()) {
            tcase_add_test(tcase, a_frozen_disk_ends_no_put);
        }
    }
    return suite;
}

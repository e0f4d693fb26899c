/* client/grpc/peer_probe: what answers in place of gRPC is named. */
#include "client/grpc/peer_probe.h"
#include "test/suites.h"

static const struct {
    const char *bytes;
    size_t length;
    bool uses_tls;
    const char *words; /* NULL: it tells nothing */
} rows[] = {
    {"HTTP/1.1 400 Bad Request\r\n", 24, false, "it speaks HTTP/1"},
    {"HTTP/1.1 400 Bad Request\r\n", 24, true, "it speaks HTTP/1, no TLS"},
    {"<!DOCTYPE HTML PUBLIC ", 22, false, "it speaks HTTP/1"}, /* Python's http.server */
    {"<html><head>", 12, true, "it speaks HTTP/1, no TLS"},
    {"\x15\x03\x01\0\x02\x02\x46", 7, false, "it speaks TLS (--tls)"},
    {"\x16\x03\x03\0\x7a\x02", 6, false, "it speaks TLS (--tls)"},
    {"\x15\x03\x03\0\x02\x02\x46", 7, true, "it speaks TLS, but another version or no HTTP/2"},
    {"\0\0\x12\x04\0\0\0\0\0\0\0", 11, true, "it speaks no TLS (leave out the options of TLS)"},
    {"\0\0\x12\x04\0\0\0\0\0\0\0", 11, false, NULL}, /* this time it was gRPC's server */
    {"\0\0\x12\x04\0\0\0\0", 8, false, "it speaks something else, which begins with '........'"},
    {"SSH-2.0-OpenSSH_9.2p1 Debian", 24, false,
     "it speaks something else, which begins with 'SSH-2.0-OpenSSH_9.2p1 De'"},
    {"a\x1b[2J'\n", 7, true, "it speaks something else, which begins with 'a.[2J'.'"},
    {"\x15", 1, false, "it speaks something else, which begins with '.'"},
    {"", 0, false, NULL},
};

START_TEST(the_first_bytes_tell)
{
    char words[PEER_WORDS_SIZE];
    bool tells = peer_probe_judge((const unsigned char *)rows[_i].bytes, rows[_i].length,
                                  rows[_i].uses_tls, words);
    ck_assert_int_eq(tells, rows[_i].words != NULL);
    ck_assert_str_eq(words, tells ? rows[_i].words : "");
}
END_TEST

/* Nobody listens on port 1; the others are no addresses of TCP. */
START_TEST(nobody_answers)
{
    static const char *const addresses[] = {
        "ipv4:127.0.0.1:1", "ipv6:%5B::1%5D:1", "unix:/no", "ipv4:", "ipv6:%5B::1", "",
        "ipv4:name:80"};
    char words[PEER_WORDS_SIZE];
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        ck_assert(!peer_probe(addresses[i], false, words));
        ck_assert_str_eq(words, "");
    }
}
END_TEST

Suite *peer_probe_suite(void)
{
    Suite *suite = suite_create("peer-probe");
    TCase *tcase = tcase_create("peer-probe");
    tcase_add_loop_test(tcase, the_first_bytes_tell, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, nobody_answers);
    suite_add_tcase(suite, tcase);
    return suite;
}

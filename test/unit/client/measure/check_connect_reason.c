/* client/measure/connect_reason: what of C core's words a person is shown. */
#include "client/measure/connect_reason.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#define FAILED       "failed to connect to all addresses; last error: "
#define RESOLVE      "DNS resolution failed for no.invalid:1337: UNKNOWN: "
#define VERIFICATION "Custom verification check failed with error: UNAUTHENTICATED: "
#define CLOSED       "the connection was closed before gRPC began (127.0.0.1:80)"
#define SPEAKS_TLS   "; does the server speak TLS (--tls)?"
#define SPEAKS_NO_TLS                                                                              \
    "; does the server speak no TLS, or want another client certificate (--tls-cert)?"

/* What C core 1.51.1 said, and what is shown. */
static const struct {
    bool uses_tls;
    const char *details;
    const char *reason;
} rows[] = {
    {true,
     FAILED "UNKNOWN: ipv4:127.0.0.1:7103: " VERIFICATION "the server's certificate has expired",
     "TLS failed: the server's certificate has expired; at 127.0.0.1:7103"},
    {true,
     FAILED "UNKNOWN: ipv6:%5B::1%5D:80: Tls handshake failed: SSL_ERROR_SSL: error:0A00042E:SSL "
            "routines::tlsv1 alert protocol version",
     "TLS failed: tlsv1 alert protocol version; at [::1]:80"},
    {true,
     FAILED "UNKNOWN: ipv4:127.0.0.1:80: Tls handshake failed: SSL_ERROR_SSL: error:0A00010B:SSL "
            "routines::wrong version number",
     "TLS failed: wrong version number (does the server speak TLS?); at 127.0.0.1:80"},
    {true, FAILED "UNKNOWN: ipv4:127.0.0.1:80: Tls handshake failed: odd",
     "TLS failed: odd; at 127.0.0.1:80"},
    {true, FAILED "Tls handshake failed: odd", "TLS failed: odd; at "},
    {true, "failed to connect to all addresses: Tls handshake failed: odd", "TLS failed: odd; at "},
    {true, FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Socket closed", CLOSED SPEAKS_NO_TLS},
    {true, FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Endpoint read failed", CLOSED SPEAKS_NO_TLS},
    {true, FAILED "UNKNOWN: ipv4:127.0.0.1:80: Handshake read failed",
     "no answer to the TLS handshake within 2.5 s (127.0.0.1:80)"},
    {false,
     FAILED "UNKNOWN: ipv4:127.0.0.1:80: connection attempt timed out before receiving SETTINGS "
            "frame",
     "connected, but no HTTP/2 came within 2.5 s (127.0.0.1:80)"},
    {false, FAILED "UNKNOWN: ipv4:10.0.0.1:1: tcp handshaker shutdown",
     "nobody took the connection within 2.5 s (10.0.0.1:1)"},
    {false, FAILED "UNKNOWN: unix:/tmp/no: No such file or directory",
     "no such socket (unix:/tmp/no)"},
    {true, RESOLVE "Name or service not known", "no such host (no.invalid)"},
    {false, RESOLVE "No address associated with hostname", "no such host (no.invalid)"},
    {false, RESOLVE "Address family for hostname not supported", "no such host (no.invalid)"},
    {false, RESOLVE "Temporary failure in name resolution",
     "the name server does not answer (no.invalid)"},
    {false, RESOLVE "odd", RESOLVE "odd"},
    {false, "DNS resolution failed for no.invalid", "DNS resolution failed for no.invalid"},
    {false, FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Socket closed", CLOSED SPEAKS_TLS},
    {false, FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: recvmsg:Connection reset by peer",
     CLOSED SPEAKS_TLS},
    {false, FAILED "Socket closed", FAILED "Socket closed" SPEAKS_TLS},
    {false, FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Failed parsing HTTP/2",
     "something answers that is not gRPC (127.0.0.1:80)" SPEAKS_TLS},
    {false, FAILED "INTERNAL: ipv4:127.0.0.1:80: Trying to connect an http1.x server",
     "HTTP/1 answers, not gRPC (127.0.0.1:80)" SPEAKS_TLS},
    {true, FAILED "UNKNOWN: ipv4:127.0.0.1:80: Cannot check peer: missing selected ALPN property.",
     "TLS answers, but offers no HTTP/2 (127.0.0.1:80)"},
    /* Not of TLS. */
    {true, FAILED "UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused",
     "connection refused (127.0.0.1:1)"},
    {false, FAILED "UNKNOWN: unix:/no: Failed to connect to remote host: Connection refused",
     "connection refused (unix:/no)"},
    {false, FAILED "UNKNOWN: ipv4:10.0.0.1:1: connect: No route to host",
     "connect: No route to host (10.0.0.1:1)"},
    /* With round_robin. */
    {false,
     "connections to all backends failing; last error: UNKNOWN: ipv6:%5B::1%5D:1: Failed to "
     "connect "
     "to remote host: Connection refused",
     "connection refused ([::1]:1)"},
    {false, "Socket closed", "Socket closed"}, /* of a connection that was there */
    {true, "Socket closed", "Socket closed"},
    {true, "session belongs to another client", "session belongs to another client"},
    {true, "", ""},
};

static void write_reason(const struct core_texts *texts, const char *details, bool uses_tls,
                         char *reason, size_t size)
{
    const struct connect_way way = {.uses_tls = uses_tls, .timeout_ns = 2500 * NS_PER_MS};
    connect_reason_write(texts, details, &way, reason, size);
}

START_TEST(the_reason_is_told)
{
    char reason[512];
    write_reason(core_version_texts(), rows[_i].details, rows[_i].uses_tls, reason, sizeof reason);
    ck_assert_str_eq(reason, rows[_i].reason);
}
END_TEST

/* Who answers otherwise than gRPC does is asked once more what it speaks. */
START_TEST(an_odd_peer_is_known)
{
    const struct core_texts *texts = core_version_texts();
    char address[CONNECT_ADDRESS_SIZE];
    const char *odd = FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Failed parsing HTTP/2";
    ck_assert(connect_reason_is_odd_peer(texts, odd));
    ck_assert(connect_reason_address(texts, odd, address));
    ck_assert_str_eq(address, "ipv4:127.0.0.1:80");
    ck_assert(connect_reason_is_odd_peer(texts, rows[2].details));  /* wrong version number */
    ck_assert(!connect_reason_is_odd_peer(texts, rows[0].details)); /* a certificate */
    ck_assert(!connect_reason_is_odd_peer(texts, "Socket closed"));
    ck_assert(!connect_reason_is_odd_peer(NULL, odd));
    ck_assert(!connect_reason_is_no_http2(texts, odd));
    ck_assert(connect_reason_is_no_http2(
        texts, FAILED "UNKNOWN: ipv4:127.0.0.1:80: Cannot check peer: missing selected ALPN "
                      "property."));
    ck_assert(!connect_reason_is_no_http2(NULL, FAILED "missing selected ALPN property"));
    ck_assert(!connect_reason_address(texts, "Socket closed", address));
    ck_assert_str_eq(address, "");
}
END_TEST

/* The server spoke TLS, so its own verification is left. */
START_TEST(a_server_that_has_shaken_hands_may_want_another_certificate)
{
    char reason[512];
    const struct connect_way way = {.uses_tls = true, .met_tls = true};
    connect_reason_write(core_version_texts(),
                         FAILED "UNAVAILABLE: ipv4:127.0.0.1:80: Socket closed", &way, reason,
                         sizeof reason);
    ck_assert_str_eq(reason,
                     CLOSED "; does the server want another client certificate (--tls-cert)?");
}
END_TEST

/* Nobody is there. A name server may answer later; who is silent may speak later. */
START_TEST(waiting_may_help_or_not)
{
    static const struct {
        const char *details;
        bool is_final;
    } cases[] = {{FAILED
                  "UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused",
                  true},
                 {FAILED "UNKNOWN: unix:/tmp/no: No such file or directory", true},
                 {RESOLVE "Name or service not known", true},
                 {RESOLVE "Address family for hostname not supported", true},
                 {RESOLVE "Temporary failure in name resolution", false},
                 {FAILED "UNKNOWN: ipv4:127.0.0.1:80: Handshake read failed", false},
                 {FAILED "UNKNOWN: ipv4:10.0.0.1:1: connect: No route to host", false},
                 {"Connection refused", false}, /* says a server */
                 {"No such file or directory", false},
                 {"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(connect_reason_is_final(core_version_texts(), cases[i].details),
                         cases[i].is_final);
        ck_assert(!connect_reason_is_final(NULL, cases[i].details));
    }
}
END_TEST

START_TEST(a_host_without_addresses_is_known)
{
    char host[CONNECT_ADDRESS_SIZE];
    ck_assert(
        connect_reason_is_no_host(core_version_texts(), RESOLVE "Name or service not known", host));
    ck_assert_str_eq(host, "no.invalid");
    ck_assert(!connect_reason_is_no_host(core_version_texts(), RESOLVE "odd", host));
    ck_assert(!connect_reason_is_no_host(core_version_texts(), "", host));
    ck_assert(!connect_reason_is_no_host(NULL, RESOLVE "Name or service not known", host));
    ck_assert_str_eq(host, "");
}
END_TEST

START_TEST(an_address_is_shown_as_people_write_it)
{
    static const struct {
        const char *address;
        const char *shown;
    } addresses[] = {{"ipv4:10.0.0.1:443", "10.0.0.1:443"},
                     {"ipv6:%5B::1%5D:443", "[::1]:443"},
                     {"ipv6:%5Bfe80::1%25eth0%5D:80", "[fe80::1%eth0]:80"},
                     {"ipv6:%5B::1%5", "[::1%5"},
                     {"ipv6:%", "%"},
                     {"unix:/run/a%5Bb", "unix:/run/a%5Bb"},
                     {"", ""}};
    char shown[CONNECT_ADDRESS_SIZE];
    connect_reason_show_address(addresses[_i].address, shown);
    ck_assert_str_eq(shown, addresses[_i].shown);
}
END_TEST

START_TEST(an_unknown_c_core_is_quoted)
{
    char reason[512];
    write_reason(NULL, rows[_i].details, rows[_i].uses_tls, reason, sizeof reason);
    ck_assert_str_eq(reason, rows[_i].details);
}
END_TEST

START_TEST(a_reason_is_cut_to_what_fits)
{
    char reason[12];
    write_reason(core_version_texts(), rows[0].details, true, reason, sizeof reason);
    ck_assert_str_eq(reason, "TLS failed:");
}
END_TEST

Suite *connect_reason_suite(void)
{
    enum { ROWS = sizeof rows / sizeof rows[0] };
    Suite *suite = suite_create("connect-reason");
    TCase *tcase = tcase_create("connect-reason");
    tcase_add_loop_test(tcase, the_reason_is_told, 0, ROWS);
    tcase_add_loop_test(tcase, an_unknown_c_core_is_quoted, 0, ROWS);
    tcase_add_loop_test(tcase, an_address_is_shown_as_people_write_it, 0, 7);
    tcase_add_test(tcase, an_odd_peer_is_known);
    tcase_add_test(tcase, waiting_may_help_or_not);
    tcase_add_test(tcase, a_server_that_has_shaken_hands_may_want_another_certificate);
    tcase_add_test(tcase, a_host_without_addresses_is_known);
    tcase_add_test(tcase, a_reason_is_cut_to_what_fits);
    suite_add_tcase(suite, tcase);
    return suite;
}

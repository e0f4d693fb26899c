/* client/measure/break_cause: which causes C core's texts are read as. */
#include "client/measure/break_cause.h"
#include "client/report/break_text.h"
#include "test/suites.h"

/* What C core 1.51.1 said to a client whose peer, or whose network, did this. */
static const struct text {
    enum status status;
    const char *details;
    enum break_cause cause;
    unsigned code;
    const char *name;
} texts[] = {
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect "
     "to remote host: Connection refused",
     BREAK_REFUSED, 0, "connection refused"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv6:%5B2001:db8::1%5D:80: Failed "
     "to connect to remote host: No route to host",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:7109: Tls handshake "
     "failed: SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong version number",
     BREAK_TLS, 0, "TLS failed"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:7103: Custom "
     "verification check failed with error: UNAUTHENTICATED: the server's certificate has expired",
     BREAK_TLS, 0, "TLS failed"},
    {14, /* a time-out */
     "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:46279: tcp "
     "handshaker shutdown",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNKNOWN: unix:/x: No such file or directory",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    /* Accepted, then closed, reset or answered in another protocol, before HTTP/2 began. */
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:40513: Socket "
     "closed",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:36239: "
     "recvmsg:Connection reset by peer",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:35847: Trying to "
     "connect an http1.x server",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14,
     "DNS resolution failed for no-such-name.invalid:80: C-ares status is not ARES_SUCCESS "
     "qtype=AAAA name=no-such-name.invalid is_balancer=0: Domain name not found",
     BREAK_UNREACHABLE, 0, "cannot connect"},
    {14, "recvmsg:Connection reset by peer", BREAK_RESET, 0, "connection reset"},
    {14, "Connection reset by peer", BREAK_RESET, 0, "connection reset"}, /* while writing */
    {14, "Broken pipe", BREAK_RESET, 0, "connection reset"},
    {14, "Socket closed", BREAK_CLOSED, 0, "connection closed"}, /* after a GOAWAY, too */
    {14, "GOAWAY received", BREAK_GOAWAY, 0, "GOAWAY"},
    {13, "Received RST_STREAM with error code 0", BREAK_RST_STREAM, 0, "RST_STREAM (NO_ERROR)"},
    {13, "Received RST_STREAM with error code 2", BREAK_RST_STREAM, 2,
     "RST_STREAM (INTERNAL_ERROR)"},
    {13, "Received RST_STREAM with error code 5", BREAK_RST_STREAM, 5,
     "RST_STREAM (STREAM_CLOSED)"},
    {14, "Received RST_STREAM with error code 7", BREAK_RST_STREAM, 7,
     "RST_STREAM (REFUSED_STREAM)"},
    {1, "Received RST_STREAM with error code 8", BREAK_RST_STREAM, 8, "RST_STREAM (CANCEL)"},
    {8, "Received RST_STREAM with error code 11", BREAK_RST_STREAM, 11,
     "RST_STREAM (ENHANCE_YOUR_CALM)"},
    {7, "Received RST_STREAM with error code 12", BREAK_RST_STREAM, 12,
     "RST_STREAM (INADEQUATE_SECURITY)"},
    {13, "Received RST_STREAM with error code 13", BREAK_RST_STREAM, 13,
     "RST_STREAM (HTTP_1_1_REQUIRED)"},
    {13, "Received RST_STREAM with error code 99", BREAK_RST_STREAM, 99, "RST_STREAM (code 99)"},
    {14, "Received http2 header with status: 502", BREAK_HTTP, 502, "HTTP status 502"},
    {14, "Received http2 header with status: 504", BREAK_HTTP, 504, "HTTP status 504"},
    {12, "Received http2 header with status: 404", BREAK_HTTP, 404, "HTTP status 404"},
    {4, "Deadline Exceeded", BREAK_DEADLINE, 0, "deadline exceeded"},
    {8, "Received message larger than max (5000009 vs. 4194304)", BREAK_TOO_LARGE, 0,
     "message too large"},
    {13, "Received message larger than max (5000009 vs. 4194304)", BREAK_STATUS, 13, "INTERNAL"},
    {8, "too many streams", BREAK_STATUS, 8, "RESOURCE_EXHAUSTED"},
    {2, "No status received", BREAK_CUT_SHORT, 0, "ended without a status"},
    {2, "Stream removed", BREAK_CUT_SHORT, 0, "ended without a status"}, /* by a wrong frame */
    /* From the peer, or through a proxy that tells of its own troubles. */
    {14, "", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "the server is shutting down", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "upstream connect error or disconnect/reset before headers: Connection refused",
     BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "Socket closed by the backend", BREAK_STATUS, 14, "UNAVAILABLE"},
    {14, "backend: Socket closed", BREAK_STATUS, 14, "UNAVAILABLE"},
    {13, "Socket closed", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code ", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code 2 of the backend", BREAK_STATUS, 13, "INTERNAL"},
    {13, "Received RST_STREAM with error code 4294967296", BREAK_STATUS, 13, "INTERNAL"},
    {14, "No status received", BREAK_STATUS, 14, "UNAVAILABLE"},
    {1, "", BREAK_STATUS, 1, "CANCELLED"},
    {0, "", BREAK_STATUS, 0, "OK"},
};

START_TEST(a_text_is_taken_for_its_cause)
{
    const struct text *text = &texts[_i];
    char name[BREAK_NAME_SIZE];
    struct break_kind kind = break_classify(core_version_texts(), text->status, text->details);
    ck_assert_int_eq(kind.cause, text->cause);
    ck_assert_uint_eq(kind.code, text->code);
    break_name(kind, name);
    ck_assert_str_eq(name, text->name);
}
END_TEST

START_TEST(without_known_texts_the_status_is_the_cause)
{
    const struct text *text = &texts[_i];
    struct break_kind kind = break_classify(NULL, text->status, text->details);
    bool is_deadline = text->status == STATUS_DEADLINE_EXCEEDED;
    ck_assert_int_eq(kind.cause, is_deadline ? BREAK_DEADLINE : BREAK_STATUS);
    ck_assert_uint_eq(kind.code, is_deadline ? 0 : text->status);
}
END_TEST

/* A proxy whose server is away says 502 to 504; a page that moved is no gRPC. */
START_TEST(a_status_of_http_tells_who_is_no_server_of_grpc)
{
    static const unsigned no_grpc[] = {100, 204, 301, 302, 400, 404, 405, 415};
    static const unsigned others[] = {401, 403, 407, 408, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < sizeof no_grpc / sizeof *no_grpc; i++) {
        ck_assert(
            break_is_no_grpc(&(const struct break_kind){.cause = BREAK_HTTP, .code = no_grpc[i]}));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        ck_assert(
            !break_is_no_grpc(&(const struct break_kind){.cause = BREAK_HTTP, .code = others[i]}));
    }
    ck_assert(!break_is_no_grpc(&(const struct break_kind){.cause = BREAK_RST_STREAM, .code = 2}));
}
END_TEST

Suite *break_cause_suite(void)
{
    Suite *suite = suite_create("break-cause");
    TCase *tcase = tcase_create("break-cause");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_text_is_taken_for_its_cause, 0, sizeof texts / sizeof *texts);
    tcase_add_loop_test(tcase, without_known_texts_the_status_is_the_cause, 0,
                        sizeof texts / sizeof *texts);
    tcase_add_test(tcase, a_status_of_http_tells_who_is_no_server_of_grpc);
    return suite;
}

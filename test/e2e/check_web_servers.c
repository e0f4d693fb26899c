/* Servers of HTTP/2 that are no servers of gRPC: what the client says of them. */
#include "test/kit/instrument.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE = 4096, PEER_SIZE = 128 };

/* A server of web pages that speaks HTTP/2: what it answers, and what the client says of it. */
static const struct {
    const char *answer;
    const char *status;
} web_servers[] = {{"r.writeHead(301, {location: '/'}); r.end()", "301"},
                   {"r.writeHead(404); r.end('<html>no</html>')", "404"},
                   {"r.end('hi')", "200"},
                   {"r.end('<html>')", "200"},
                   /* when the client has long noted that it is connected */
                   {"setTimeout(() => r.end('hi'), 300)", "200"}};

static struct program *start_web_server(const char *answer, unsigned *ret_port)
{
    static char script[PAGE_SIZE];
    snprintf(script, sizeof script,
             "const s = require('http2').createServer((q, r) => { %s });"
             "s.listen(0, '127.0.0.1', () => console.log(`port ${s.address().port}`))",
             answer);
    struct program *node = program_start(programs_node_path(), "-e", script, NULL);
    *ret_port = (unsigned)strtoul(program_wait_line(node, PROGRAM_STDOUT, "port ") + 5, NULL, 10);
    return node;
}

START_TEST(a_web_server_of_http2_is_named)
{
    unsigned port;
    char words[PEER_SIZE];
    struct program *node = start_web_server(web_servers[_i].answer, &port);
    struct program *client = client_start(port, "-s", "2", "-n", "3", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    snprintf(words, sizeof words,
             ": the server speaks HTTP/2, but is no gRPC server (HTTP status %s, 127.0.0.1:%u)",
             web_servers[_i].status, port);
    instrument_expect_text(client, PROGRAM_STDOUT, words);
    ck_assert_ptr_null(strstr(program_output(client, PROGRAM_STDOUT), "looks like"));
    program_destroy(client);
    program_destroy(node);
}
END_TEST

/* C core tells nothing of a page that is larger than the window of a call, until it ends. */
START_TEST(a_large_page_is_told_at_the_stall_timeout)
{
    unsigned port;
    struct program *node = start_web_server("r.end('<html>' + 'hi'.repeat(900000))", &port);
    struct program *client = client_start(port, "--stall-timeout", "1s", "3", NULL);
    instrument_expect_status(client, INSTRUMENT_UNREACHABLE);
    instrument_expect_text(client, PROGRAM_STDERR,
                           "STALLED: headers that may be no gRPC, and no message for 1.0 s");
    program_destroy(client);
    program_destroy(node);
}
END_TEST

/* With --retry-connect it is named, and tried again; and so is a proxy whose server is away. */
START_TEST(a_server_may_come_in_the_place_of_another)
{
    unsigned port;
    struct program *node =
        start_web_server(_i == 0 ? "r.end('hi')" : "r.writeHead(502); r.end()", &port);
    struct program *client = client_start(port, _i == 0 ? "--retry-connect" : "--quiet", "3", NULL);
    const char *line = program_wait_line(client, PROGRAM_STDERR, "retrying in ");
    ck_assert_ptr_nonnull(strstr(line, _i == 0 ? "is no gRPC server (HTTP status 200" : "502"));
    program_destroy(client);
    program_destroy(node);
}
END_TEST

Suite *web_servers_suite(void)
{
    Suite *suite = suite_create("web-servers");
    TCase *tcase = tcase_create("web-servers");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_web_server_of_http2_is_named, 0,
                        sizeof web_servers / sizeof *web_servers);
    tcase_add_test(tcase, a_large_page_is_told_at_the_stall_timeout);
    tcase_add_loop_test(tcase, a_server_may_come_in_the_place_of_another, 0, 2);
    return suite;
}

/* A flood of pings on a connection of comms-server: it is closed, for that reason. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

/* The HTTP/2 preface, SETTINGS, and many PINGs; then what the server says up to the end. */
static const char send_pings[] =
    "import socket, sys\n"
    "connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
    "settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])\n"
    "ping = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + b'quietly!'\n"
    "connection.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + settings + 20 * ping)\n"
    "said = b''\n"
    "while b'too_many_pings' not in said:\n"
    "    got = connection.recv(4096)\n"
    "    if not got: sys.exit(f'closed with {said!r}')\n"
    "    said += got\n"
    "while connection.recv(4096): pass\n";

START_TEST(a_flood_of_pings_is_closed)
{
    char port[8];
    struct server server = server_start("stateless", NULL);
    snprintf(port, sizeof port, "%u", server.port);
    struct program *client = program_start(programs_python_path(), "-c", send_pings, port, NULL);
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%s", program_output(client, PROGRAM_STDERR));
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *server_pings_suite(void)
{
    Suite *suite = suite_create("server-pings");
    TCase *tcase = tcase_create("server-pings");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_flood_of_pings_is_closed);
    return suite;
}

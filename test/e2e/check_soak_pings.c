/* Clients that ping a quiet stream every 10 s: comms-server never calls these too many. */
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

/* Pings are not tolerated for long if C core counts them: it closes at the third. */
enum { PINGING_S = 150, TIMEOUT_S = 2 * PINGING_S };

/* A connection without a call, and one with a call that gets a number an hour. Any state but READY
 * after the first one means that a connection was closed. */
static const char ping[] =
    "import grpc, sys, threading\n"
    "options = [('grpc.keepalive_time_ms', 10000), ('grpc.keepalive_timeout_ms', 5000),\n"
    "           ('grpc.keepalive_permit_without_calls', 1),\n"
    "           ('grpc.http2.max_pings_without_data', 0)]\n"
    "closed = threading.Event()\n"
    "def connect():\n"
    "    options.append(('own', len(options)))  # else the channels share a connection\n"
    "    channel = grpc.insecure_channel(sys.argv[1], options)\n"
    "    grpc.channel_ready_future(channel).result(10)\n"
    "    def watch(state):\n"
    "        if state is not grpc.ChannelConnectivity.READY:\n"
    "            print('a connection is', state, flush=True)\n"
    "            closed.set()\n"
    "    ready = threading.Event()\n"
    "    def begin(state):\n"
    "        if state is grpc.ChannelConnectivity.READY: ready.set()\n"
    "        elif ready.is_set(): watch(state)\n"
    "    channel.subscribe(begin, try_to_connect=True)\n"
    "    ready.wait(10)\n"
    "    return channel\n"
    "idle = connect()\n"
    "calling = connect()\n"
    "over = threading.Event()\n"
    "def commands():\n"
    "    yield b'\\n\\x05START'\n"
    "    over.wait()\n"
    "call = calling.stream_stream('/grpc.Comms/GetNumbers')(commands())\n"
    "next(call)\n"
    "is_closed = closed.wait(float(sys.argv[2]))\n"
    "over.set()\n"
    "sys.exit(is_closed or not call.is_active())\n";

START_TEST(a_ping_in_ten_seconds_is_welcome)
{
    char target[32];
    char seconds[8];
    struct server server = server_start("stateless", "--interval", "1h", NULL);
    snprintf(target, sizeof target, "127.0.0.1:%u", server.port);
    snprintf(seconds, sizeof seconds, "%d", PINGING_S);
    struct program *client =
        program_start(programs_python_path(), "-c", ping, target, seconds, NULL);
    program_set_patience(client, TIMEOUT_S * 1000);
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%s%s", program_output(client, PROGRAM_STDOUT),
                  program_output(client, PROGRAM_STDERR));
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *soak_pings_suite(void)
{
    Suite *suite = suite_create("soak-pings");
    TCase *tcase = tcase_create("soak-pings");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, TIMEOUT_S);
    tcase_add_test(tcase, a_ping_in_ten_seconds_is_welcome);
    return suite;
}

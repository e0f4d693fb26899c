/* The headers in which a server announces itself. */
#include "server/services/comms/announce.h"
#include "shared/base/clock.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static const struct {
    struct announced_server server;
    const char *headers; /* a line each */
} servers[] = {
    {{.mode = MODE_STATELESS,
      .interval_ns = NS_PER_S,
      .max_size = 77,
      .max_numbers = 5,
      .session_timeout_ns = 1},
     "comms-version: " COMMS_VERSION
     "\ncomms-mode: stateless\ncomms-interval: 1s\ncomms-max-size: 77\n"},
    {{.mode = MODE_STATELESS},
     "comms-version: " COMMS_VERSION
     "\ncomms-mode: stateless\ncomms-interval: 0\ncomms-max-size: 0\n"},
    {{.mode = MODE_STATEFUL,
      .interval_ns = 250 * NS_PER_MS,
      .max_size = 1048576,
      .max_numbers = 16777215,
      .session_timeout_ns = 90 * NS_PER_S},
     "comms-version: " COMMS_VERSION "\ncomms-mode: stateful\ncomms-interval: 250ms\n"
     "comms-max-size: 1048576\ncomms-max-numbers: 16777215\ncomms-session-timeout: 90s\n"},
};

/* And a client reads what the server means. */
START_TEST(a_server_announces_itself)
{
    static struct announce_texts texts;
    const struct announced_server *server = &servers[_i].server;
    const struct service_headers headers = announce_init(&texts, server);
    struct announcement read = {.has = 0};
    char lines[512] = "";
    ck_assert_uint_le(headers.count, SERVICE_HEADERS_MAX - 1); /* a stream may add one */
    for (size_t i = 0; i < headers.count; i++) {
        const struct service_header *header = &headers.items[i];
        size_t used = strlen(lines);
        (void)snprintf(lines + used, sizeof lines - used, "%s: %s\n", header->name, header->value);
        announcement_read(&read, header->name, strlen(header->name), header->value,
                          strlen(header->value));
    }
    ck_assert_str_eq(lines, servers[_i].headers);
    ck_assert_uint_eq(read.garbled, 0);
    ck_assert_str_eq(read.version, COMMS_VERSION);
    ck_assert_int_eq(read.mode, server->mode);
    ck_assert_int_eq(read.interval_ns, server->interval_ns);
    ck_assert_uint_eq(read.max_size, server->max_size);
    ck_assert(server->mode == MODE_STATELESS || read.max_numbers == server->max_numbers);
    ck_assert(server->mode == MODE_STATELESS ||
              read.session_timeout_ns == server->session_timeout_ns);
}
END_TEST

Suite *announce_suite(void)
{
    Suite *suite = suite_create("announce");
    TCase *announcing = tcase_create("announcing");
    suite_add_tcase(suite, announcing);
    tcase_add_loop_test(announcing, a_server_announces_itself, 0, sizeof servers / sizeof *servers);
    return suite;
}

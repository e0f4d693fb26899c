/*
 * Thousands of streams, of which hundreds break at a time: each number must come once, in its
 * place, and the client must stay small. The time does not matter: on a slower machine more streams
 * break.
 */
#include "test/kit/instrument.h"
#include "test/kit/programs.h"
#include "test/suites.h"

#include <stdio.h>

enum { PATIENCE_MS = 1000000, TIMEOUT_S = 600, NUMBERS = 20 };

/* A sanitizer makes everything slow and large. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STREAMS = 1000, CONNECTIONS = 10, BREAKS_MIN = 200, MIB_MAX = 0 };
#define CHAOS "cut=300ms"
#else
enum { STREAMS = 10000, CONNECTIONS = 100, BREAKS_MIN = 1000, MIB_MAX = 400 };
#define CHAOS "cut=100ms"
#endif

/*
 * A session of 20 numbers takes at least 4.75 s. In that time --chaos cuts 47 connections (with a
 * sanitizer 15) of a hundred streams each, at times that follow from its seed.
 */
START_TEST(every_number_of_thousands_of_streams_is_proven)
{
    char path[INSTRUMENT_PATH_SIZE];
    char streams[16];
    char connections[16];
    char numbers[16];
    instrument_make_file(path);
    snprintf(streams, sizeof streams, "%d", STREAMS);
    snprintf(connections, sizeof connections, "%d", CONNECTIONS);
    snprintf(numbers, sizeof numbers, "%d", NUMBERS);
    /* The server notices a cut stream late: until then it counts beside its successor. */
    struct server server = server_start("stateful", "--interval", "250ms", "--max-streams", "30000",
                                        "--session-timeout", "1h", "--log-level", "error", NULL);
    struct program *client = client_start(
        server.port, "-m", "stateful", "--streams", streams, "--connections", connections, "-n",
        numbers, "--interval", "250ms", "--chaos", CHAOS, "--seed", "1", "--retry-timeout", "1h",
        "--connect-timeout", "1m", "--stall-timeout", "10m", "--quiet", "--json", path, NULL);
    program_set_patience(client, PATIENCE_MS);
    instrument_expect_status(client, INSTRUMENT_PROVEN);
    instrument_expect_verdict(client, "PROVEN: ");

    json_t *result = instrument_read_json(path);
    ck_assert_uint_eq(instrument_number(result, "streams_proven"), STREAMS);
    ck_assert_uint_eq(instrument_number(result, "expected"), (uint64_t)STREAMS * NUMBERS);
    ck_assert_uint_eq(instrument_number(result, "received"), (uint64_t)STREAMS * NUMBERS);
    ck_assert_uint_eq(instrument_count(result, "violations"), 0);
    ck_assert_uint_ge(instrument_breaks(result, "chaos_cut"), BREAKS_MIN);
    if (MIB_MAX > 0) {
        ck_assert_uint_le(instrument_number(result, "peak_rss_bytes"), (uint64_t)MIB_MAX << 20);
    }
    json_decref(result);
    program_destroy(client);
    server_stop(&server);
}
END_TEST

Suite *scale_suite(void)
{
    Suite *suite = suite_create("scale");
    TCase *scale = tcase_create("scale");
    suite_add_tcase(suite, scale);
    tcase_set_timeout(scale, TIMEOUT_S);
    tcase_add_test(scale, every_number_of_thousands_of_streams_is_proven);
    return suite;
}

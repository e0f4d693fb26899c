/*
 * comms-client through the two common proxies, nginx and haproxy: what it proves there, and what it
 * says about their limits. Each test runs with each proxy.
 */
#include "test/kit/programs.h"
#include "test/kit/proxies.h"
#include "test/suites.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const names[PROXY_KINDS] = {"nginx", "haproxy"};

/* A server, a proxy before it, and a client that measures through the proxy. */
struct run {
    const char *name; /* the proxy's */
    struct server server;
    struct proxy_route route;
    struct proxy proxy;
    struct program *client;
    char json_file[PROXY_FOLDER_SIZE + 16];

    json_t *json;
    json_t *end; /* the result of the run, in `json` */
};

static void run_start(struct run *run, struct proxy_settings settings, const char *interval)
{
    run->name = names[settings.kind];
    run->server = server_start("stateful", "--interval", interval, NULL);
    run->route.target = run->server.port;
    settings.routes = &run->route;
    settings.route_count = 1;
    run->proxy = proxy_start(&settings);
    snprintf(run->json_file, sizeof run->json_file, "%s/result.json", run->proxy.folder);
}

/* Fails the test: what went wrong, with which text, and what client and proxy said. */
_Noreturn static void run_fail(const struct run *run, const char *what, const char *text)
{
    ck_abort_msg("through %s: %s %s\n--- client\n%s%s--- proxy\n%s---", run->name, what, text,
                 program_output_end(run->client, PROGRAM_STDOUT),
                 program_output_end(run->client, PROGRAM_STDERR),
                 program_output_end(run->proxy.program, PROGRAM_STDERR));
}

/* A count of the run, such as counts.breaks; `group` is NULL for one of the end itself. */
static uint64_t count_of(const struct run *run, const char *group, const char *name)
{
    const json_t *counts = group != NULL ? json_object_get(run->end, group) : run->end;
    const json_t *count = json_object_get(counts, name);
    if (!json_is_integer(count)) {
        run_fail(run, "its JSON has no count", name);
    }
    return (uint64_t)json_integer_value(count);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* Waits for the client's end. Whatever the proxy did, every number must be proven. */
static void run_end(struct run *run)
{
    json_error_t error;
    int status = program_wait_exit(run->client);
    if (status != 0) {
        run_fail(run, "the client's status is not 0", "");
    }
    if (strstr(program_output(run->client, PROGRAM_STDOUT), "\nPROVEN: ") == NULL) {
        run_fail(run, "the client does not say", "PROVEN");
    }
    run->json = json_load_file(run->json_file, 0, &error);
    if (run->json == NULL) {
        run_fail(run, "its JSON cannot be read:", error.text);
    }
    run->end = json_object_get(run->json, "end");
    if (strcmp(text_of(run->end, "outcome"), "proven") != 0) {
        run_fail(run, "its JSON does not say", "proven");
    }
}

static void run_cleanup(struct run *run)
{
    json_decref(run->json);
    program_destroy(run->client);
    proxy_stop(&run->proxy);
    server_stop(&run->server);
}

START_TEST(a_proxy_breaks_nothing)
{
    struct run run = {0};
    run_start(&run, (struct proxy_settings){.kind = (enum proxy_kind)_i}, "50ms");
    run.client =
        client_start(run.route.port, "--retry-connect", "-m", "stateful", "--streams", "200",
                     "--numbers", "20", "--interval", "50ms", "--json", run.json_file, NULL);
    run_end(&run);
    if (count_of(&run, "counts", "breaks") != 0) {
        run_fail(&run, "streams broke", "");
    }
    run_cleanup(&run);
}
END_TEST

/*
 * Whether a reload may be the cause of these breaks: nginx sends a GOAWAY and closes the
 * connection; haproxy ends the streams without a status, or resets them.
 */
static bool is_of_a_reload(const json_t *row)
{
    static const char *const causes[] = {"connection_refused", "connection_reset",
                                         "connection_closed",  "goaway",
                                         "rst_stream",         "no_status"};
    const char *cause = text_of(row, "cause");
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if (strcmp(cause, causes[i]) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(a_reload_loses_nothing)
{
    enum { STREAMS = 200 };
    struct run run = {0};
    size_t i;
    const json_t *row;
    run_start(&run, (struct proxy_settings){.kind = (enum proxy_kind)_i, .grace_ms = 100}, "50ms");
    run.client =
        client_start(run.route.port, "--retry-connect", "-m", "stateful", "--streams", "200",
                     "--numbers", "80", "--interval", "50ms", "--json", run.json_file, NULL);
    /* The sessions now last four seconds more, which is long for a reload. */
    for (i = 0; i < STREAMS; i++) {
        program_wait_line(run.server.program, PROGRAM_STDERR, "session started");
    }
    proxy_reload(&run.proxy);
    run_end(&run);
    if (count_of(&run, "counts", "resumes") == 0) {
        run_fail(&run, "no stream broke", "");
    }
    json_array_foreach(json_object_get(run.end, "breaks"), i, row)
    {
        if (!is_of_a_reload(row)) {
            run_fail(&run, "a reload breaks no streams by", text_of(row, "name"));
        }
    }
    run_cleanup(&run);
}
END_TEST

/* A number every 1.4 s, where a silence may last 1.2 s: each stream breaks after each number. */
static bool finds_idle_time_out(enum proxy_kind kind)
{
    struct run run = {0};
    size_t i;
    const json_t *row;
    bool is_recognised = false;
    run_start(&run, (struct proxy_settings){.kind = kind, .idle_ms = 1200}, "1400ms");
    run.client =
        client_start(run.route.port, "--retry-connect", "-m", "stateful", "--streams", "10",
                     "--numbers", "3", "--interval", "1400ms", "--json", run.json_file, NULL);
    run_end(&run);
    if (count_of(&run, "counts", "breaks") < 10) {
        run_fail(&run, "hardly a stream", "broke");
    }
    json_array_foreach(json_object_get(run.end, "breaks"), i, row)
    {
        is_recognised = is_recognised || strstr(text_of(row, "hint"), "idle time-out") != NULL;
    }
    run_cleanup(&run);
    return is_recognised;
}

/* It shows by silences that differ by less than 0.2 s: on a busy machine not in each run. */
START_TEST(an_idle_time_out_is_recognised)
{
    enum { ROUNDS = 4 };
    int rounds = 1;
    while (!finds_idle_time_out((enum proxy_kind)_i)) {
        ck_assert_msg(rounds++ < ROUNDS, "through %s: no hint speaks of an idle time-out",
                      names[_i]);
    }
}
END_TEST

/* The streams above the limit wait three seconds, until the first ones are done. */
START_TEST(streams_above_the_limit_are_told_of)
{
    struct run run = {0};
    run_start(&run, (struct proxy_settings){.kind = (enum proxy_kind)_i, .max_streams = 100},
              "50ms");
    run.client = client_start(run.route.port, "--retry-connect", "-m", "stateful", "--streams",
                              "150", "--connections", "1", "--stall-timeout", "1s", "--numbers",
                              "60", "--interval", "50ms", "--json", run.json_file, NULL);
    run_end(&run);
    if (count_of(&run, NULL, "streams_held_back") < 50 ||
        strstr(program_output(run.client, PROGRAM_STDOUT), "waited longer than 1 s") == NULL) {
        run_fail(&run, "the client does not say that 50 streams", "waited longer than 1 s");
    }
    run_cleanup(&run);
}
END_TEST

Suite *proxies_suite(void)
{
    Suite *suite = suite_create("proxies");
    TCase *proxies = tcase_create("proxies");
    suite_add_tcase(suite, proxies);
    tcase_set_timeout(proxies, 120);
    tcase_add_unchecked_fixture(proxies, proxies_set_up, proxies_tear_down);
    tcase_add_loop_test(proxies, a_proxy_breaks_nothing, 0, PROXY_KINDS);
    tcase_add_loop_test(proxies, a_reload_loses_nothing, 0, PROXY_KINDS);
    tcase_add_loop_test(proxies, an_idle_time_out_is_recognised, 0, PROXY_KINDS);
    tcase_add_loop_test(proxies, streams_above_the_limit_are_told_of, 0, PROXY_KINDS);
    return suite;
}

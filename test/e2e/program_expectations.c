#include "test/e2e/program_expectations.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

void expect_help_and_version(const char *path, const char *name, const char *const *options)
{
    struct program *help = program_start(path, "--help", NULL);
    ck_assert_int_eq(program_wait_exit(help), 0);
    for (; *options != NULL; options++) {
        ck_assert_msg(strstr(program_output(help, PROGRAM_STDOUT), *options) != NULL,
                      "--help does not name %s", *options);
    }
    ck_assert_str_eq(program_output(help, PROGRAM_STDERR), "");
    program_destroy(help);

    static const char *const forms[] = {"--version", "-version"};
    char beginning[64];
    snprintf(beginning, sizeof beginning, "%s " COMMS_VERSION " (gRPC C core ", name);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct program *version = program_start(path, forms[i], NULL);
        ck_assert_int_eq(program_wait_exit(version), 0);
        ck_assert_uint_eq(program_count_lines(version, PROGRAM_STDOUT), 1);
        const char *said = program_output(version, PROGRAM_STDOUT);
        ck_assert_msg(strncmp(said, beginning, strlen(beginning)) == 0, "%s", said);
        program_destroy(version);
    }
}

void expect_refusal(const struct program_spec *spec, const char *name, int status, const char *text)
{
    char beginning[64];
    snprintf(beginning, sizeof beginning, "%s: ", name);
    struct program *program = program_start_spec(spec);
    int got = program_wait_exit(program);
    const char *said = program_output(program, PROGRAM_STDERR);
    ck_assert_msg(got == status, "status %d instead of %d: %s", got, status, said);
    ck_assert_msg(program_count_lines(program, PROGRAM_STDERR) == 1, "one line: %s", said);
    ck_assert_msg(strncmp(said, beginning, strlen(beginning)) == 0, "its name first: %s", said);
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in: %s", text, said);
    ck_assert_str_eq(program_output(program, PROGRAM_STDOUT), "");
    program_destroy(program);
}

void expect_end(struct program *program, int status, const char *text)
{
    int got = program_wait_exit(program);
    const char *said = program_output_end(program, PROGRAM_STDERR);
    ck_assert_msg(got == status, "status %d instead of %d: %s", got, status, said);
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in: %s", text, said);
    program_destroy(program);
}

void expect_end_by(struct program *program, int signal, int status)
{
    program_signal(program, signal);
    expect_end(program, status, "");
}

void expect_session(const char *host, unsigned port)
{
    char number[16];
    snprintf(number, sizeof number, "%u", port);
    const char *const arguments[] = {
        "-m", "stateful", "-n", "5", "--host", host, port == 0 ? NULL : "-p", number, NULL};
    const struct program_spec spec = {.path = programs_client_path(), .arguments = arguments};
    struct program *client = program_start_spec(&spec);
    int status = program_wait_exit(client);
    ck_assert_msg(status == 0, "%s\n%s", program_output(client, PROGRAM_STDOUT),
                  program_output(client, PROGRAM_STDERR));
    ck_assert(program_has_line(client, PROGRAM_STDOUT, "Checksum is valid: true"));
    program_destroy(client);
}

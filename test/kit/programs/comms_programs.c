#include "test/kit/programs/comms_programs.h"

#include "test/kit/programs/arguments.h"
#include "test/kit/programs/output_text.h"
#include "test/kit/programs/paths.h"

#include <check.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

/* Starts a program with these words, and those of the list behind them. */
static struct program *start(const char *path, const char *const *first, va_list more)
{
    struct arguments arguments = {NULL, 0};
    arguments_add_array(&arguments, first);
    arguments_add_list(&arguments, more);
    const struct program_spec spec = {.path = path,
                                      .arguments = (const char *const *)arguments.items};
    struct program *program = program_start_spec(&spec);
    arguments_cleanup(&arguments);
    return program;
}

static struct server start_server(const char *mode, unsigned port, va_list more)
{
    char number[16];
    char ready[32];
    snprintf(number, sizeof number, "%u", port);
    snprintf(ready, sizeof ready, " (%s)", mode);
    const char *const first[] = {"--mode", mode, "--port", number, "--listen", "127.0.0.1", NULL};
    struct server server = {.program = start(programs_server_path(), first, more)};
    const char *line = program_wait_line(server.program, PROGRAM_STDOUT, ready);
    uint64_t got;
    if (!output_skip(&line, "listening on 127.0.0.1:") || !output_read_number(&line, &got)) {
        program_fail(server.program, "no port in", line);
    }
    server.port = (uint16_t)got;
    return server;
}

struct server server_start(const char *mode, ...)
{
    va_list list;
    va_start(list, mode);
    struct server server = start_server(mode, 0, list);
    va_end(list);
    return server;
}

struct server server_start_port(const char *mode, unsigned port, ...)
{
    va_list list;
    va_start(list, port);
    struct server server = start_server(mode, port, list);
    va_end(list);
    return server;
}

void server_stop(struct server *server)
{
    program_signal(server->program, SIGTERM);
    if (program_wait_exit(server->program) != 0) {
        program_fail(server->program, "ended with a status other than", "0");
    }
    program_destroy(server->program);
    server->program = NULL;
}

void server_kill(struct server *server)
{
    program_signal(server->program, SIGKILL);
    ck_assert_int_eq(program_wait_exit(server->program), 128 + SIGKILL);
    program_destroy(server->program);
    server->program = NULL;
}

struct program *client_start(unsigned port, ...)
{
    char number[16];
    snprintf(number, sizeof number, "%u", port);
    const char *const first[] = {"--host", "127.0.0.1", "-p", number, NULL};
    va_list list;
    va_start(list, port);
    struct program *program = start(programs_client_path(), first, list);
    va_end(list);
    return program;
}

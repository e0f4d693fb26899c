#include "test/kit/programs/comms_programs.h"

#include "test/kit/loopback.h"
#include "test/kit/programs/arguments.h"
#include "test/kit/programs/output_text.h"
#include "test/kit/programs/paths.h"

#include <check.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

/* Starts a program with these words, and frees them. */
static struct program *start(const char *path, struct arguments *arguments)
{
    const struct program_spec spec = {.path = path,
                                      .arguments = (const char *const *)arguments->items};
    struct program *program = program_start_spec(&spec);
    arguments_cleanup(arguments);
    return program;
}

static struct arguments server_arguments(const char *mode, unsigned port)
{
    char number[16];
    struct arguments arguments = {NULL, 0};
    snprintf(number, sizeof number, "%u", port);
    const char *const first[] = {"--mode", mode, "--port", number, "--listen", "127.0.0.1", NULL};
    arguments_add_array(&arguments, first);
    return arguments;
}

static struct server start_server(const char *mode, struct arguments *arguments)
{
    char ready[32];
    snprintf(ready, sizeof ready, " (%s)", mode);
    struct server server = {.program = start(programs_server_path(), arguments)};
    const char *line = program_wait_line(server.program, PROGRAM_STDOUT, ready);
    uint64_t got;
    if (!output_skip(&line, "listening on 127.0.0.1:") || !output_read_number(&line, &got)) {
        program_fail(server.program, "no port in", line);
    }
    server.port = (uint16_t)got;
    return server;
}

struct server server_start_array(const char *mode, unsigned port, const char *const *options)
{
    struct arguments arguments = server_arguments(mode, port);
    arguments_add_array(&arguments, options);
    return start_server(mode, &arguments);
}

struct server server_start(const char *mode, ...)
{
    struct arguments arguments = server_arguments(mode, 0);
    va_list list;
    va_start(list, mode);
    arguments_add_list(&arguments, list);
    va_end(list);
    return start_server(mode, &arguments);
}

struct server server_start_held(const char *mode, ...)
{
    uint16_t port;
    ck_assert_int_ge(loopback_hold(SOCK_CLOEXEC, &port), 0); /* open until the process ends */
    struct arguments arguments = server_arguments(mode, port);
    va_list list;
    va_start(list, mode);
    arguments_add_list(&arguments, list);
    va_end(list);
    return start_server(mode, &arguments);
}

struct server server_start_port(const char *mode, unsigned port, ...)
{
    struct arguments arguments = server_arguments(mode, port);
    va_list list;
    va_start(list, port);
    arguments_add_list(&arguments, list);
    va_end(list);
    return start_server(mode, &arguments);
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
    struct arguments arguments = {NULL, 0};
    snprintf(number, sizeof number, "%u", port);
    const char *const first[] = {"--host", "127.0.0.1", "-p", number, NULL};
    arguments_add_array(&arguments, first);
    va_list list;
    va_start(list, port);
    arguments_add_list(&arguments, list);
    va_end(list);
    return start(programs_client_path(), &arguments);
}

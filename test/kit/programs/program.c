#include "test/kit/programs/program.h"

#include "shared/base/clock.h"
#include "test/kit/programs/arguments.h"
#include "test/kit/programs/captured_output.h"
#include "test/kit/programs/held_calls.h"
#include "test/kit/programs/spawn.h"

#include <check.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_END = 2000, /* bytes that a message tells of a program's output */
    OTHERS_END = 600,  /* bytes that it tells of another program's */
    PROGRAMS_MAX = 64,
    STREAMS = 2, /* of a program: enum program_stream */
    OUTPUTS_MAX = STREAMS * PROGRAMS_MAX
};

struct program {
    pid_t pid;
    bool ended;
    int status;
    int patience_ms;
    struct captured_output outputs[STREAMS];
    char *line; /* what program_wait_line returned last */
    char *name;
};

/* Whoever waits for one program reads the output of all: a program whose output nobody reads stops
 * as soon as the pipe is full. */
static struct program *programs[PROGRAMS_MAX];

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* The program's place in the list; of NULL: a free place. */
static size_t program_slot(const struct program *program)
{
    size_t slot = 0;
    while (slot < PROGRAMS_MAX && programs[slot] != program) {
        slot++;
    }
    ck_assert_uint_lt(slot, PROGRAMS_MAX);
    return slot;
}

static int open_stdout(struct captured_output *output, const struct program_spec *spec)
{
    if (spec->stdout_columns > 0 || spec->stdout_is_unsized) {
        return captured_output_open_terminal(output, spec->stdout_columns);
    }
    int fd = captured_output_open_pipe(output);
    if (spec->stdout_path != NULL) {
        close(fd);
        fd = open(spec->stdout_path, O_WRONLY | O_CLOEXEC);
    }
    return fd;
}

struct program *program_start_spec(const struct program_spec *spec)
{
    struct program *program = calloc(1, sizeof *program);
    ck_assert_ptr_nonnull(program);
    programs[program_slot(NULL)] = program;
    program->patience_ms = PROGRAM_DEADLINE_MS;
    program->name = strdup(spec->path);
    int fds[3] = {open("/dev/null", O_RDONLY | O_CLOEXEC),
                  open_stdout(&program->outputs[PROGRAM_STDOUT], spec),
                  captured_output_open_pipe(&program->outputs[PROGRAM_STDERR])};
    ck_assert_int_ge(fds[0], 0);
    ck_assert_int_ge(fds[1], 0);
    const int held = spec->held_calls == NULL ? -1 : held_calls_socket(spec->held_calls);
    program->pid = spawn(spec->path, spec->arguments, spec->environment, fds, held);
    if (spec->held_calls != NULL) {
        held_calls_begin(spec->held_calls);
    }
    for (int i = 0; i < 3; i++) {
        close(fds[i]);
    }
    return program;
}

struct program *program_start(const char *path, ...)
{
    struct arguments arguments = {NULL, 0};
    va_list list;
    va_start(list, path);
    arguments_add_list(&arguments, list);
    va_end(list);
    const struct program_spec spec = {.path = path,
                                      .arguments = (const char *const *)arguments.items};
    struct program *program = program_start_spec(&spec);
    arguments_cleanup(&arguments);
    return program;
}

/* What the other programs said last: the reason may be theirs. */
static void append_others(const struct program *program, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < PROGRAMS_MAX && used < size; i++) {
        if (programs[i] != NULL && programs[i] != program) {
            const struct captured_output *errors = &programs[i]->outputs[PROGRAM_STDERR];
            size_t skipped = errors->length > OTHERS_END ? errors->length - OTHERS_END : 0;
            used +=
                (size_t)snprintf(text + used, size - used, "--- stderr of %s (%d)%s\n%s",
                                 programs[i]->name, (int)programs[i]->pid,
                                 errors->fd < 0 ? ", which has ended" : "", errors->text + skipped);
        }
    }
}

_Noreturn void program_fail(const struct program *program, const char *what, const char *text)
{
    char others[OUTPUT_END];
    append_others(program, others, sizeof others);
    ck_abort_msg("%s (%d): %s \"%s\"\n--- stdout\n%s--- stderr\n%s%s---", program->name,
                 (int)program->pid, what, text, program_output_end(program, PROGRAM_STDOUT),
                 program_output_end(program, PROGRAM_STDERR), others);
    abort();
}

/* Waits for output of any program, and reads it; false once both streams of this one have ended. */
static bool pump(struct program *program, int64_t deadline_ns, const char *wanted)
{
    struct pollfd polled[OUTPUTS_MAX];
    if (program->outputs[0].fd < 0 && program->outputs[1].fd < 0) {
        return false;
    }
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        const struct program *any = programs[i / STREAMS];
        polled[i] = (struct pollfd){.fd = any != NULL ? any->outputs[i % STREAMS].fd : -1,
                                    .events = POLLIN};
    }
    int64_t left_ms = (deadline_ns - now_ns()) / NS_PER_MS;
    if (left_ms <= 0 || poll(polled, OUTPUTS_MAX, (int)left_ms) == 0) {
        program_fail(program, "waited too long for", wanted);
    }
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        if (polled[i].fd >= 0 && polled[i].revents != 0) {
            captured_output_read(&programs[i / STREAMS]->outputs[i % STREAMS]);
        }
    }
    return true;
}

static int64_t deadline_of(const struct program *program)
{
    return now_ns() + program->patience_ms * NS_PER_MS;
}

void program_set_patience(struct program *program, int patience_ms)
{
    program->patience_ms = patience_ms;
}

const char *program_await_line(struct program *program, enum program_stream stream,
                               const char *text)
{
    int64_t deadline_ns = deadline_of(program);
    free(program->line);
    while ((program->line = captured_output_take_line(&program->outputs[stream], text)) == NULL) {
        if (program->outputs[stream].fd < 0 || !pump(program, deadline_ns, text)) {
            return NULL;
        }
    }
    return program->line;
}

const char *program_wait_line(struct program *program, enum program_stream stream, const char *text)
{
    const char *line = program_await_line(program, stream, text);
    if (line == NULL) {
        program_fail(program, "its output ended without", text);
    }
    return line;
}

void program_wait_bytes(struct program *program, enum program_stream stream, size_t bytes)
{
    int64_t deadline_ns = deadline_of(program);
    while (program->outputs[stream].length < bytes) {
        if (program->outputs[stream].fd < 0 || !pump(program, deadline_ns, "more output")) {
            program_fail(program, "its output ended without", "more output");
        }
    }
}

void program_resize(const struct program *program, unsigned short columns)
{
    captured_output_resize(&program->outputs[PROGRAM_STDOUT], columns);
}

int program_wait_exit(struct program *program)
{
    int64_t deadline_ns = deadline_of(program);
    while (pump(program, deadline_ns, "its end")) {
        ;
    }
    if (!program->ended) {
        int status;
        ck_assert_int_eq(waitpid(program->pid, &status, 0), program->pid);
        program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        program->ended = true;
    }
    return program->status;
}

const char *program_output(const struct program *program, enum program_stream stream)
{
    return program->outputs[stream].text;
}

const char *program_output_end(const struct program *program, enum program_stream stream)
{
    const struct captured_output *output = &program->outputs[stream];
    return output->text + (output->length > OUTPUT_END ? output->length - OUTPUT_END : 0);
}

bool program_has_line(const struct program *program, enum program_stream stream, const char *line)
{
    size_t length = strlen(line);
    const char *text = program_output(program, stream);
    for (const char *at = text; (at = strstr(at, line)) != NULL; at++) {
        if ((at == text || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

size_t program_count_lines(const struct program *program, enum program_stream stream)
{
    size_t lines = 0;
    for (const char *at = program_output(program, stream); (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    return lines;
}

int program_pid(const struct program *program)
{
    return (int)program->pid;
}

void program_signal(struct program *program, int number)
{
    ck_assert_int_eq(kill(program->pid, number), 0);
}

void program_destroy(struct program *program)
{
    if (program == NULL) {
        return;
    }
    programs[program_slot(program)] = NULL;
    if (!program->ended) {
        kill(program->pid, SIGKILL);
        waitpid(program->pid, NULL, 0);
    }
    for (int i = 0; i < STREAMS; i++) {
        captured_output_close(&program->outputs[i]);
    }
    free(program->line);
    free(program->name);
    free(program);
}

void program_expect_success(struct program *program)
{
    const int status = program_wait_exit(program);
    ck_assert_msg(status == 0, "%s ended with %d\n%s%s", program->name, status,
                  program_output_end(program, PROGRAM_STDOUT),
                  program_output_end(program, PROGRAM_STDERR));
    program_destroy(program);
}

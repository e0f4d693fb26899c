/* One program under test, from its start to its end. */
#ifndef COMMS_TEST_KIT_PROGRAMS_PROGRAM_H
#define COMMS_TEST_KIT_PROGRAMS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_DEADLINE_MS = 30000 };

enum program_stream { PROGRAM_STDOUT, PROGRAM_STDERR };

struct program;
struct held_calls;

struct program_spec {
    const char *path;
    const char *const *arguments;   /* without the program's name; ends with NULL, or is NULL */
    const char *const *environment; /* "NAME=value" to add; ends with NULL, or is NULL */
    const char *stdout_path;        /* a file that stdout goes to, and is not captured; or NULL */
    unsigned short stdout_columns;  /* stdout is a terminal of this width; 0: a pipe */
    bool stdout_is_unsized;         /* stdout is a terminal that does not tell its width */
    struct held_calls *held_calls;  /* which of its system calls wait; NULL: none */
};

/*
 * Starts a program. It inherits the environment without the variables of ours (COMMS_PORT and its
 * like, which would set options), has default signal actions, and /dev/null as stdin. In the second
 * form the words of its command line follow the path, then NULL.
 */
struct program *program_start_spec(const struct program_spec *spec);
struct program *program_start(const char *path, ...) __attribute__((sentinel));

/* Gives every wait for it another deadline than PROGRAM_DEADLINE_MS. */
void program_set_patience(struct program *program, int patience_ms);

/*
 * Waits for a whole line that has this text, after the line found last on this stream; returns it
 * without its end (valid until the next call for this program). The test fails at the deadline, or
 * when the output ends.
 */
const char *program_wait_line(struct program *program, enum program_stream stream,
                              const char *text);

/* The same where the output may end instead: then NULL. */
const char *program_await_line(struct program *program, enum program_stream stream,
                               const char *text);

/* Waits for the end: the exit status, or 128 + the number of the signal that ended it. May be asked
 * again. */
int program_wait_exit(struct program *program);

/* Waits for the end, which must be exit status 0, and frees the program. */
void program_expect_success(struct program *program);

/* All output that was read so far, as one string: complete after program_wait_exit. */
const char *program_output(const struct program *program, enum program_stream stream);

/* The last part of it: as much as fits into a message of Check, which gives up on longer ones. */
const char *program_output_end(const struct program *program, enum program_stream stream);

bool program_has_line(const struct program *program, enum program_stream stream, const char *line);
size_t program_count_lines(const struct program *program, enum program_stream stream);

/* Fails the test: what went wrong, with which text, and what this program and all others that still
 * run said last. */
_Noreturn void program_fail(const struct program *program, const char *what, const char *text);

/* Gives the terminal that is its stdout another width. */
void program_resize(const struct program *program, unsigned short columns);

/* Waits until this many bytes of this stream were read; the test fails if it ends before. */
void program_wait_bytes(struct program *program, enum program_stream stream, size_t bytes);

int program_pid(const struct program *program);
void program_signal(struct program *program, int number);

/* Ends it by SIGKILL if it still runs, and frees it. NULL is allowed. */
void program_destroy(struct program *program);

#endif

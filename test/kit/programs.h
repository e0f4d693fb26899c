/*
 * Programs under test: started with their output captured, watched line by line, never left behind.
 *
 * A test starts a program, waits for lines of its output and for its end. Nothing sleeps: every
 * wait is for an event (a line, the end) and has a deadline of PROGRAM_DEADLINE_MS, after which the
 * running Check test fails with all that the program said. A program dies with the thread that
 * started it (PR_SET_PDEATHSIG), so a test that fails half-way leaves nothing running. All of this
 * is for the test's own thread only.
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_H
#define COMMS_TEST_KIT_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRAM_DEADLINE_MS = 30000 };

enum program_stream { PROGRAM_STDOUT, PROGRAM_STDERR };

struct program;

struct program_spec {
    const char *path;
    const char *const *arguments;   /* without the program's name; ends with NULL */
    const char *const *environment; /* "NAME=value" to add; ends with NULL; or NULL */
    const char *stdout_path;        /* where stdout goes instead of to us; or NULL */
    unsigned short stdout_columns;  /* it comes by way of a terminal so wide; 0: of a pipe */
};

/* The programs: from COMMS_SERVER and its like, else where they are after `make` and by default. */
const char *programs_server_path(void);
const char *programs_client_path(void);
const char *programs_proxy_path(void);
const char *programs_python_path(void);
const char *programs_nginx_path(void);
const char *programs_haproxy_path(void);
const char *programs_browser_path(void);

/*
 * Starts a program. It inherits the environment without the variables that set options of the
 * programs (COMMS_PORT and its like), has default signal actions, and /dev/null as stdin.
 */
struct program *program_start_spec(const struct program_spec *spec);
struct program *program_start(const char *path, ...) __attribute__((sentinel));

/* Gives every wait for it another deadline than PROGRAM_DEADLINE_MS. */
void program_set_patience(struct program *program, int patience_ms);

/*
 * Waits for a whole line with this text in it, beginning after the line found last on this stream;
 * returns the line without its end (valid until the next call for this program). Fails the test at
 * the deadline or end of output.
 */
const char *program_wait_line(struct program *program, enum program_stream stream,
                              const char *text);

/* Waits for the end: the exit status, or 128 + the number of the signal that ended it. May be asked
 * again. */
int program_wait_exit(struct program *program);

/* All output read so far, as one string: complete after program_wait_exit. */
const char *program_output(const struct program *program, enum program_stream stream);

/* The last of it, as much as fits in a message of Check, which gives up on longer ones. */
const char *program_output_end(const struct program *program, enum program_stream stream);

/* Reads *text on behind this literal, or behind a decimal number; false, and nothing read, when it
 * is not there. */
bool output_skip(const char **text, const char *literal);
bool output_read_number(const char **text, uint64_t *ret_number);

bool program_has_line(const struct program *program, enum program_stream stream, const char *line);
size_t program_count_lines(const struct program *program, enum program_stream stream);

int program_pid(const struct program *program);
void program_signal(struct program *program, int number);

/* Ends it by SIGKILL if it still runs, and frees it. */
void program_destroy(struct program *program);

/* A comms-server on a port of 127.0.0.1 that the kernel chose; more options may follow, then NULL.
 */
struct server {
    struct program *program;
    uint16_t port;
};
struct server server_start(const char *mode, ...) __attribute__((sentinel));
/* The same on a given port: for a server that is started again. */
struct server server_start_port(const char *mode, unsigned port, ...) __attribute__((sentinel));
/* SIGTERM; the test fails unless the server ends with status 0 (a sanitizer that found something
 * makes it another). */
void server_stop(struct server *server);
void server_kill(struct server *server);

/* A comms-client of 127.0.0.1 at this port; its options follow, then NULL. */
struct program *client_start(unsigned port, ...) __attribute__((sentinel));

/* The milliseconds of the monotonic clock. */
int64_t programs_now_ms(void);

#endif

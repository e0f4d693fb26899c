#define _GNU_SOURCE
#include "test/kit/programs.h"

#include <check.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_END = 2000, OTHERS_END = 600, PROGRAMS_MAX = 64, CAPTURES_MAX = 2 * PROGRAMS_MAX };

/* What came from one pipe so far. */
struct capture {
    int fd; /* -1 once at its end */
    char *text;
    size_t length;
    size_t cursor; /* where the line after the last one found begins */
};

struct program {
    pid_t pid;
    bool ended;
    int status;
    int patience_ms;
    struct capture captures[2];
    char *line;
    char *name;
};

/* All there are: whoever waits for one reads them all, for a program whose output nobody reads
 * stops at last. */
static struct program *programs[PROGRAMS_MAX];

/* A vector of strings that ends with NULL, as execve wants it. */
struct words {
    char **items;
    size_t count;
};

int64_t programs_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *path_from(const char *variable, const char *fallback)
{
    const char *path = getenv(variable);
    return path != NULL && *path != '\0' ? path : fallback;
}

const char *programs_server_path(void)
{
    return path_from("COMMS_SERVER", "build/comms-server");
}

const char *programs_client_path(void)
{
    return path_from("COMMS_CLIENT", "build/comms-client");
}

const char *programs_proxy_path(void)
{
    return path_from("COMMS_FAULT_PROXY", "build/fault-proxy");
}

const char *programs_python_path(void)
{
    return path_from("COMMS_PYTHON", "/usr/bin/python3");
}

const char *programs_nginx_path(void)
{
    return path_from("COMMS_NGINX", "/usr/sbin/nginx");
}

const char *programs_haproxy_path(void)
{
    return path_from("COMMS_HAPROXY", "/usr/sbin/haproxy");
}

const char *programs_browser_path(void)
{
    return path_from("COMMS_BROWSER", "/usr/bin/chromium-headless-shell");
}

static void words_add(struct words *words, const char *word)
{
    char **items = realloc(words->items, (words->count + 2) * sizeof *items);
    ck_assert_ptr_nonnull(items);
    words->items = items;
    items[words->count] = strdup(word);
    ck_assert_ptr_nonnull(items[words->count]);
    items[++words->count] = NULL;
}

static void words_add_list(struct words *words, va_list list)
{
    for (const char *word; (word = va_arg(list, const char *)) != NULL;) {
        words_add(words, word);
    }
}

static void words_cleanup(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->items[i]);
    }
    free(words->items);
}

/* COMMS_SERVER and its like name programs, every other COMMS_ variable is an option of one. */
static bool sets_an_option(const char *variable)
{
    static const char *const ours[] = {
        "COMMS_SERVER=", "COMMS_CLIENT=",  "COMMS_FAULT_PROXY=", "COMMS_PYTHON=",
        "COMMS_NGINX=",  "COMMS_HAPROXY=", "COMMS_BROWSER="};
    if (strncmp(variable, "COMMS_", 6) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strncmp(variable, ours[i], strlen(ours[i])) == 0) {
            return false;
        }
    }
    return true;
}

static struct words environment_create(const char *const *more)
{
    struct words words = {NULL, 0};
    for (char **variable = environ; *variable != NULL; variable++) {
        if (!sets_an_option(*variable)) {
            words_add(&words, *variable);
        }
    }
    for (; more != NULL && *more != NULL; more++) {
        words_add(&words, *more);
    }
    return words;
}

/* In the new process: calls only what may follow a fork of a process with threads. */
_Noreturn static void become(const struct words *argv, const struct words *envp, const int fds[3],
                             pid_t parent)
{
    static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        signal(defaults[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(126);
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(fds[i], i) < 0) {
            _exit(126);
        }
    }
    execve(argv->items[0], argv->items, envp->items);
    static const char message[] = "the program cannot be run\n";
    _exit(write(STDERR_FILENO, message, sizeof message - 1) > 0 ? 127 : 126);
}

static void capture_begin(struct capture *capture, int fd)
{
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    capture->fd = fd;
    capture->text = calloc(1, 1);
    ck_assert_ptr_nonnull(capture->text);
}

/* The writing end of a pipe whose reading end the capture gets. */
static int capture_open(struct capture *capture)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    capture_begin(capture, ends[0]);
    return ends[1];
}

/* The same with a terminal, which hands on what is written as it is. */
static int capture_open_terminal(struct capture *capture, unsigned short columns)
{
    struct termios settings;
    int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(ours, 0);
    ck_assert_int_eq(grantpt(ours), 0);
    ck_assert_int_eq(unlockpt(ours), 0);
    int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(theirs, 0);
    ck_assert_int_eq(tcgetattr(theirs, &settings), 0);
    settings.c_oflag &= ~(tcflag_t)OPOST;
    ck_assert_int_eq(tcsetattr(theirs, TCSANOW, &settings), 0);
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    ck_assert_int_eq(ioctl(theirs, TIOCSWINSZ, &size), 0);
    capture_begin(capture, ours);
    return theirs;
}

/* Where this program is in the list; NULL: a place that is free. */
static size_t program_slot(const struct program *program)
{
    size_t slot = 0;
    while (slot < PROGRAMS_MAX && programs[slot] != program) {
        slot++;
    }
    ck_assert_uint_lt(slot, PROGRAMS_MAX);
    return slot;
}

static int open_stdout(struct capture *capture, const struct program_spec *spec)
{
    if (spec->stdout_columns > 0) {
        return capture_open_terminal(capture, spec->stdout_columns);
    }
    int fd = capture_open(capture);
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
    struct words argv = {NULL, 0};
    words_add(&argv, spec->path);
    for (const char *const *word = spec->arguments; *word != NULL; word++) {
        words_add(&argv, *word);
    }
    struct words envp = environment_create(spec->environment);
    int fds[3] = {open("/dev/null", O_RDONLY | O_CLOEXEC),
                  open_stdout(&program->captures[PROGRAM_STDOUT], spec),
                  capture_open(&program->captures[PROGRAM_STDERR])};
    ck_assert_int_ge(fds[0], 0);
    ck_assert_int_ge(fds[1], 0);
    pid_t parent = getpid();
    program->pid = fork();
    if (program->pid == 0) {
        become(&argv, &envp, fds, parent);
    }
    ck_assert_int_gt(program->pid, 0);
    for (int i = 0; i < 3; i++) {
        close(fds[i]);
    }
    words_cleanup(&argv);
    words_cleanup(&envp);
    return program;
}

static struct program *start_words(const char *path, const struct words *arguments)
{
    static const char *const none[] = {NULL};
    const struct program_spec spec = {
        .path = path,
        .arguments = arguments->count == 0 ? none : (const char *const *)arguments->items};
    return program_start_spec(&spec);
}

struct program *program_start(const char *path, ...)
{
    struct words words = {NULL, 0};
    va_list list;
    va_start(list, path);
    words_add_list(&words, list);
    va_end(list);
    struct program *program = start_words(path, &words);
    words_cleanup(&words);
    return program;
}

static void capture_read(struct capture *capture)
{
    for (;;) {
        char *text = realloc(capture->text, capture->length + 4096 + 1);
        ck_assert_ptr_nonnull(text);
        capture->text = text;
        ssize_t got = read(capture->fd, text + capture->length, 4096);
        capture->length += got > 0 ? (size_t)got : 0;
        text[capture->length] = '\0';
        if (got == 0 || (got < 0 && errno == EIO)) { /* EIO: nobody has the terminal any more */
            close(capture->fd);
            capture->fd = -1;
            return;
        }
        if (got < 0) {
            ck_assert_msg(errno == EAGAIN || errno == EINTR, "read: %s", strerror(errno));
            return;
        }
    }
}

/* What the other programs said last: the reason may be theirs. */
static void append_others(const struct program *program, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < PROGRAMS_MAX && used < size; i++) {
        if (programs[i] != NULL && programs[i] != program) {
            const struct capture *errors = &programs[i]->captures[PROGRAM_STDERR];
            size_t skipped = errors->length > OTHERS_END ? errors->length - OTHERS_END : 0;
            used +=
                (size_t)snprintf(text + used, size - used, "--- stderr of %s (%d)%s\n%s",
                                 programs[i]->name, (int)programs[i]->pid,
                                 errors->fd < 0 ? ", which has ended" : "", errors->text + skipped);
        }
    }
}

_Noreturn static void fail_with_output(const struct program *program, const char *what,
                                       const char *text)
{
    char others[OUTPUT_END];
    append_others(program, others, sizeof others);
    ck_abort_msg("%s (%d): %s \"%s\"\n--- stdout\n%s--- stderr\n%s%s---", program->name,
                 (int)program->pid, what, text, program_output_end(program, PROGRAM_STDOUT),
                 program_output_end(program, PROGRAM_STDERR), others);
    abort();
}

/* Reads what all programs said, waiting until the deadline; false when both streams of this one are
 * at their end. */
static bool pump(struct program *program, int64_t deadline_ms, const char *wanted)
{
    struct pollfd polled[CAPTURES_MAX];
    if (program->captures[0].fd < 0 && program->captures[1].fd < 0) {
        return false;
    }
    for (int i = 0; i < CAPTURES_MAX; i++) {
        const struct program *any = programs[i / 2];
        polled[i] =
            (struct pollfd){.fd = any != NULL ? any->captures[i % 2].fd : -1, .events = POLLIN};
    }
    int64_t left_ms = deadline_ms - programs_now_ms();
    if (left_ms <= 0 || poll(polled, CAPTURES_MAX, (int)left_ms) == 0) {
        fail_with_output(program, "waited too long for", wanted);
    }
    for (int i = 0; i < CAPTURES_MAX; i++) {
        if (polled[i].fd >= 0 && polled[i].revents != 0) {
            capture_read(&programs[i / 2]->captures[i % 2]);
        }
    }
    return true;
}

/* The next whole line with this text, taken off the capture; NULL when there is none yet. */
static char *capture_take_line(struct capture *capture, const char *text)
{
    for (char *end; (end = strchr(capture->text + capture->cursor, '\n')) != NULL;) {
        const char *begin = capture->text + capture->cursor;
        char *line = strndup(begin, (size_t)(end - begin));
        ck_assert_ptr_nonnull(line);
        capture->cursor = (size_t)(end - capture->text) + 1;
        if (strstr(line, text) != NULL) {
            return line;
        }
        free(line);
    }
    return NULL;
}

void program_set_patience(struct program *program, int patience_ms)
{
    program->patience_ms = patience_ms;
}

const char *program_wait_line(struct program *program, enum program_stream stream, const char *text)
{
    int64_t deadline_ms = programs_now_ms() + program->patience_ms;
    free(program->line);
    while ((program->line = capture_take_line(&program->captures[stream], text)) == NULL) {
        if (program->captures[stream].fd < 0 || !pump(program, deadline_ms, text)) {
            fail_with_output(program, "its output ended without", text);
        }
    }
    return program->line;
}

int program_wait_exit(struct program *program)
{
    int64_t deadline_ms = programs_now_ms() + program->patience_ms;
    while (pump(program, deadline_ms, "its end")) {
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
    return program->captures[stream].text;
}

const char *program_output_end(const struct program *program, enum program_stream stream)
{
    const struct capture *capture = &program->captures[stream];
    return capture->text + (capture->length > OUTPUT_END ? capture->length - OUTPUT_END : 0);
}

bool output_skip(const char **text, const char *literal)
{
    size_t length = strlen(literal);
    if (strncmp(*text, literal, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

bool output_read_number(const char **text, uint64_t *ret_number)
{
    char *end;
    if (**text < '0' || **text > '9') {
        return false;
    }
    *ret_number = strtoull(*text, &end, 10);
    *text = end;
    return true;
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
    for (int i = 0; i < 2; i++) {
        if (program->captures[i].fd >= 0) {
            close(program->captures[i].fd);
        }
        free(program->captures[i].text);
    }
    free(program->line);
    free(program->name);
    free(program);
}

static struct server start_server(const char *mode, unsigned port, va_list more)
{
    char number[16];
    char ready[32];
    snprintf(number, sizeof number, "%u", port);
    snprintf(ready, sizeof ready, " (%s)", mode);
    struct words words = {NULL, 0};
    const char *first[] = {"--mode", mode, "--port", number, "--listen", "127.0.0.1"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        words_add(&words, first[i]);
    }
    words_add_list(&words, more);
    struct server server = {.program = start_words(programs_server_path(), &words)};
    words_cleanup(&words);
    const char *line = program_wait_line(server.program, PROGRAM_STDOUT, ready);
    uint64_t got;
    if (!output_skip(&line, "listening on 127.0.0.1:") || !output_read_number(&line, &got)) {
        fail_with_output(server.program, "no port in", line);
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
        fail_with_output(server->program, "ended with a status other than", "0");
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
    struct words words = {NULL, 0};
    const char *first[] = {"--host", "127.0.0.1", "-p", number};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        words_add(&words, first[i]);
    }
    va_list list;
    va_start(list, port);
    words_add_list(&words, list);
    va_end(list);
    struct program *program = start_words(programs_client_path(), &words);
    words_cleanup(&words);
    return program;
}

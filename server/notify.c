#include "server/notify.h"

#include "shared/base/log.h"
#include "shared/base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define NS_PER_US        INT64_C(1000)
#define STATUS_PERIOD_NS (2 * NS_PER_S)

enum { MESSAGE_SIZE = 256, LOAD_SIZE = 64, ERROR_SIZE = 128, SEND_TIMEOUT_S = 1 };

/* Logs that systemd cannot be told, once until it can be again. */
static void complain(struct notify *notify, int code)
{
    char reason[ERROR_SIZE];
    if (strerror_r(code, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", code);
    }
    if (!notify->has_failed) {
        log_event(LOG_LEVEL_WARN, "systemd not reached", log_text("reason", reason));
    }
    notify->has_failed = true;
}

/* The address is the socket's at each datagram: systemd makes a new socket when it starts anew. */
static void send_message(struct notify *notify, const char *message)
{
    if (notify->descriptor < 0) {
        return;
    }
    const ssize_t sent =
        sendto(notify->descriptor, message, strlen(message), MSG_NOSIGNAL,
               (const struct sockaddr *)(const void *)&notify->address, notify->length);
    if (sent < 0) {
        complain(notify, errno);
    } else {
        notify->has_failed = false;
    }
}

/* False: it is no path and no abstract name, or it is too long. */
static bool read_address(struct notify *notify, const char *name)
{
    const size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length >= sizeof notify->address.sun_path) {
        return false;
    }
    notify->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(notify->address.sun_path, name, length);
    notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (name[0] == '@') {
        notify->address.sun_path[0] = '\0';
    } else {
        notify->length++; /* the NUL of a path */
    }
    return true;
}

/* A number of the environment; 0: there is none. */
static uint64_t read_variable(const char *name)
{
    uint64_t number = 0;
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): nobody sets variables */
    if (text != NULL) {
        (void)number_parse(text, strlen(text), INT64_MAX / NS_PER_US, &number);
    }
    return number;
}

static int64_t read_watchdog(void)
{
    const uint64_t process = read_variable("WATCHDOG_PID");
    if (process != 0 && process != (uint64_t)getpid()) {
        return 0;
    }
    return (int64_t)read_variable("WATCHDOG_USEC") * NS_PER_US / 2;
}

void notify_init(struct notify *notify, const struct clock *clock)
{
    *notify = (struct notify){
        .clock = clock, .descriptor = -1, .watchdog_due = CLOCK_NEVER, .status_due = CLOCK_NEVER};
    const char *name = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe): as above */
    if (name == NULL || name[0] == '\0') {
        return;
    }
    if (!read_address(notify, name)) {
        complain(notify, EINVAL);
        return;
    }
    notify->watchdog_ns = read_watchdog();
    notify->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->descriptor < 0) {
        complain(notify, errno);
        return;
    }
    const struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
    (void)setsockopt(notify->descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

/* "1 stream, 2 sessions" */
static const char *describe(const struct notify_load *load, char text[static LOAD_SIZE])
{
    (void)snprintf(text, LOAD_SIZE, "%" PRIu64 " stream%s, %" PRIu64 " session%s", load->streams,
                   load->streams == 1 ? "" : "s", load->sessions, load->sessions == 1 ? "" : "s");
    return text;
}

void notify_ready(struct notify *notify, const struct notify_load *load)
{
    if (notify->descriptor < 0) {
        return;
    }
    const int64_t now = notify->clock->now(notify->clock);
    char message[MESSAGE_SIZE];
    char text[LOAD_SIZE];
    (void)snprintf(message, sizeof message, "READY=1\nSTATUS=serving %s\n", describe(load, text));
    send_message(notify, message);
    notify->streams = load->streams;
    notify->sessions = load->sessions;
    notify->status_due = clock_add(now, STATUS_PERIOD_NS);
    notify->watchdog_due =
        notify->watchdog_ns == 0 ? CLOCK_NEVER : clock_add(now, notify->watchdog_ns);
}

int64_t notify_next(const struct notify *notify)
{
    return notify->watchdog_due < notify->status_due ? notify->watchdog_due : notify->status_due;
}

void notify_beat(struct notify *notify, const struct notify_load *load)
{
    const int64_t now = notify->clock->now(notify->clock);
    if (now >= notify->watchdog_due) {
        send_message(notify, "WATCHDOG=1\n");
        notify->watchdog_due = clock_add(now, notify->watchdog_ns);
    }
    if (now < notify->status_due) {
        return;
    }
    notify->status_due = clock_add(now, STATUS_PERIOD_NS);
    if (load->streams != notify->streams || load->sessions != notify->sessions) {
        char message[MESSAGE_SIZE];
        char text[LOAD_SIZE];
        (void)snprintf(message, sizeof message, "STATUS=serving %s\n", describe(load, text));
        send_message(notify, message);
        notify->streams = load->streams;
        notify->sessions = load->sessions;
    }
}

void notify_stopping(struct notify *notify, const struct notify_load *load, int64_t longest_ns)
{
    char message[MESSAGE_SIZE];
    char text[LOAD_SIZE];
    (void)snprintf(message, sizeof message,
                   "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64 "\nSTATUS=draining %s\n",
                   longest_ns / NS_PER_US, describe(load, text));
    send_message(notify, message);
    notify->watchdog_due = CLOCK_NEVER;
    notify->status_due = CLOCK_NEVER;
}

void notify_cleanup(struct notify *notify)
{
    if (notify->descriptor >= 0) {
        (void)close(notify->descriptor);
    }
    notify->descriptor = -1;
}

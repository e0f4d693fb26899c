#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/kit/metrics_page.h"

#include "shared/base/clock.h"
#include "test/kit/loopback.h"

#include <check.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAGE_SIZE = 256 * 1024 };

#define AWAIT_NS (20 * NS_PER_S)

uint16_t metrics_page_port(struct program *server)
{
    static const char key[] = "admin listening address=127.0.0.1:";
    uint64_t port = 0;
    const char *at = program_wait_line(server, PROGRAM_STDERR, key);
    at = strstr(at, key) + sizeof key - 1;
    ck_assert(output_read_number(&at, &port));
    return (uint16_t)port;
}

/* A connection; -1: nobody listens. */
static int connect_to(uint16_t port)
{
    const struct sockaddr_in address = loopback_address(port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0) {
        ck_assert(errno == ECONNREFUSED || errno == ECONNRESET); /* it is being closed */
        close(fd);
        return -1;
    }
    return fd;
}

bool metrics_page_is_open(uint16_t port)
{
    const int fd = connect_to(port);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* The answer, as one text. */
static const char *fetch(uint16_t port)
{
    static char page[PAGE_SIZE];
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    size_t length = 0;
    ssize_t got;
    const int fd = connect_to(port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    while ((got = read(fd, page + length, sizeof page - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(fd);
    page[length] = '\0';
    ck_assert_msg(strncmp(page, "HTTP/1.1 200 ", 13) == 0, "%.200s", page);
    return page;
}

double metrics_page_read(uint16_t port, const char *sample)
{
    const size_t length = strlen(sample);
    const char *line = fetch(port);
    while (line != NULL && (strncmp(line, sample, length) != 0 || line[length] != ' ')) {
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    ck_assert_msg(line != NULL, "/metrics has no %s", sample);
    return strtod(line + length, NULL);
}

void metrics_page_await(uint16_t port, const char *sample, double value)
{
    const int64_t deadline = clock_monotonic.now(&clock_monotonic) + AWAIT_NS;
    double now;
    while ((now = metrics_page_read(port, sample)) != value) {
        ck_assert_msg(clock_monotonic.now(&clock_monotonic) < deadline, "%s is %g, not %g", sample,
                      now, value);
        (void)sched_yield();
    }
}

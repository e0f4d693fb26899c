#define _GNU_SOURCE /* flock */

#include "server/stores/etcd/etcd_state_file.h"

#include "shared/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_LENGTH = 17, LINES_MAX = ETCD_PREDECESSORS_MAX + 1 };

static bool complain(const char *path, const char *what, char *problem, size_t size)
{
    (void)snprintf(problem, size, "cannot use --store-state %s: %s", path, what);
    return false;
}

/* Each once: etcd refuses a transaction that puts a key twice. */
static void add_predecessor(struct etcd_state_file *file, uint64_t id)
{
    bool is_new = id != ETCD_NOBODY && file->predecessor_count < ETCD_PREDECESSORS_MAX;
    for (size_t i = 0; i < file->predecessor_count; i++) {
        is_new = is_new && file->predecessors[i] != id;
    }
    if (is_new) {
        file->predecessors[file->predecessor_count++] = id;
    }
}

/* A line is an id as 16 hexadecimal digits. What is anything else is no file of ours. */
static bool parse(struct etcd_state_file *file, const char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (; length > 0; text += LINE_LENGTH, length -= LINE_LENGTH) {
        uint64_t id = 0;
        if (length < LINE_LENGTH || text[LINE_LENGTH - 1] != '\n' ||
            strspn(text, digits) != LINE_LENGTH - 1) {
            return false;
        }
        for (size_t i = 0; i < LINE_LENGTH - 1; i++) {
            id = id << 4 | (uint64_t)(strchr(digits, text[i]) - digits);
        }
        add_predecessor(file, id);
    }
    return true;
}

static bool read_file(struct etcd_state_file *file, const char *path, char *problem, size_t size)
{
    char text[LINES_MAX * LINE_LENGTH + 2];
    struct stat status;
    if (fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return complain(path, "it is no regular file", problem, size);
    }
    const ssize_t length = pread(file->descriptor, text, sizeof text - 1, 0);
    if (length < 0) {
        return complain(path, strerror(errno), problem, size); /* NOLINT(concurrency-mt-unsafe) */
    }
    text[length] = '\0';
    if (!parse(file, text, (size_t)length)) {
        return complain(path, "it is no state file; name another one, or remove it", problem, size);
    }
    return true;
}

bool etcd_state_file_open(struct etcd_state_file *file, const char *path, char *problem,
                          size_t size)
{
    *file = (struct etcd_state_file){.descriptor = -1};
    if (path == NULL) {
        return true;
    }
    file->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (file->descriptor < 0) {
        return complain(path, strerror(errno), problem, size); /* NOLINT(concurrency-mt-unsafe) */
    }
    bool is_good = flock(file->descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!is_good) {
        (void)complain(path, "another server uses it; each server needs its own", problem, size);
    }
    is_good = is_good && read_file(file, path, problem, size);
    if (!is_good) {
        etcd_state_file_close(file);
    }
    return is_good;
}

void etcd_state_file_close(struct etcd_state_file *file)
{
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
        file->descriptor = -1;
    }
}

/* Without the file the next server waits until this one is declared dead: nothing is lost. */
void etcd_state_file_write(struct etcd_state_file *file, uint64_t id, bool is_alone)
{
    char text[LINES_MAX * LINE_LENGTH + 1];
    if (file->descriptor < 0) {
        return;
    }
    if (is_alone) {
        file->predecessor_count = 0;
    }
    size_t length = (size_t)snprintf(text, sizeof text, "%016" PRIx64 "\n", id);
    for (size_t i = 0; i < file->predecessor_count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%016" PRIx64 "\n",
                                   file->predecessors[i]);
    }
    const bool is_written = pwrite(file->descriptor, text, length, 0) == (ssize_t)length &&
                            ftruncate(file->descriptor, (off_t)length) == 0 &&
                            fdatasync(file->descriptor) == 0;
    if (!is_written) {
        const bool is_empty = ftruncate(file->descriptor, 0) == 0; /* half an id is none */
        log_event(LOG_LEVEL_WARN, is_empty ? "store state not written" : "store state broken",
                  log_text("effect", "the next server on this machine cannot resume at once"));
    }
}

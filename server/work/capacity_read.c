#include "server/work/capacity_read.h"

#include "shared/base/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a larger file only the beginning is read; it has everything that is needed. */
enum { FILE_SIZE = 16384 };

/* A higher ceiling counts as none: no process reaches it. Sums of numbers up to it do not wrap. */
#define NUMBER_MAX UINT32_MAX

static bool join(char path[static CAPACITY_PATH_SIZE], const char *root, const char *name)
{
    int length = snprintf(path, CAPACITY_PATH_SIZE, "%s%s", root, name);
    return length > 0 && length < CAPACITY_PATH_SIZE;
}

static bool read_file(char text[static FILE_SIZE], const char *root, const char *name)
{
    char path[CAPACITY_PATH_SIZE];
    int file = join(path, root, name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        return false;
    }
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used < FILE_SIZE - 1) {
        got = read(file, text + used, FILE_SIZE - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    text[used] = '\0';
    return got >= 0;
}

/* Reads a number. CEILING_NONE if the text is none, such as "max" or "unlimited". */
static uint64_t parse(const char *text, size_t length)
{
    uint64_t value = CEILING_NONE;
    (void)number_parse(text, length, NUMBER_MAX, &value);
    return value;
}

/* Reads a file that has one number and nothing else. */
static uint64_t read_number(const char *root, const char *name)
{
    char text[FILE_SIZE];
    if (!read_file(text, root, name)) {
        return CEILING_NONE;
    }
    size_t length = strlen(text);
    return parse(text, length > 0 && text[length - 1] == '\n' ? length - 1 : length);
}

/* The rest of the first line with this beginning, without leading blanks; NULL: no such line. */
static const char *find(const char *text, const char *beginning)
{
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, beginning, strlen(beginning)) == 0) {
            line += strlen(beginning);
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

/* The first number after this beginning of a line. */
static uint64_t find_number(const char *text, const char *beginning)
{
    const char *at = find(text, beginning);
    return at == NULL ? CEILING_NONE : parse(at, strcspn(at, " \t\n"));
}

static uint64_t or_zero(uint64_t number)
{
    return number == CEILING_NONE ? 0 : number;
}

/* Counts the threads of the system: /proc/loadavg is "0.52 0.42 0.18 RUNNING/ALL LAST-PID". */
static uint64_t count_threads(const char *root)
{
    char text[FILE_SIZE];
    const char *slash = read_file(text, root, "/proc/loadavg") ? strchr(text, '/') : NULL;
    return slash == NULL ? 0 : or_zero(parse(slash + 1, strcspn(slash + 1, " \n")));
}

static uint64_t count_maps(const char *root)
{
    char path[CAPACITY_PATH_SIZE];
    FILE *file = join(path, root, "/proc/self/maps") ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return 0;
    }
    uint64_t count = 0;
    for (int c; (c = getc(file)) != EOF;) {
        count += c == '\n';
    }
    (void)fclose(file); /* it was only read */
    return count;
}

static DIR *open_folder(const char *root, const char *name)
{
    char path[CAPACITY_PATH_SIZE];
    return join(path, root, name) ? opendir(path) : NULL;
}

/* The next entry whose name is a number. */
static const char *next_number(DIR *folder)
{
    const struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): each folder is one thread's */
    while ((entry = readdir(folder)) != NULL) {
        if (parse(entry->d_name, strlen(entry->d_name)) != CEILING_NONE) {
            return entry->d_name;
        }
    }
    return NULL;
}

static uint64_t count_descriptors(const char *root)
{
    DIR *folder = open_folder(root, "/proc/self/fd");
    if (folder == NULL) {
        return 0;
    }
    uint64_t count = 0;
    while (next_number(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

/* Counts the threads of a user in all visible processes. */
static uint64_t count_user_threads(const char *root, uint64_t user)
{
    DIR *folder = open_folder(root, "/proc");
    if (folder == NULL) {
        return 0;
    }
    uint64_t count = 0;
    for (const char *process; (process = next_number(folder)) != NULL;) {
        char name[CAPACITY_PATH_SIZE];
        char status[FILE_SIZE];
        int length = snprintf(name, sizeof name, "/proc/%s/status", process);
        if (length < CAPACITY_PATH_SIZE && read_file(status, root, name) &&
            find_number(status, "Uid:") == user) {
            count += or_zero(find_number(status, "Threads:"));
        }
    }
    (void)closedir(folder);
    return count;
}

/* Whether the limit of the user's threads does not hold for a process with this status. */
static bool is_privileged(const char *status)
{
    const uint64_t powers = UINT64_C(1) << 24 | UINT64_C(1) << 21; /* CAP_SYS_RESOURCE, _ADMIN */
    const char *text = find(status, "CapEff:");
    if (find_number(status, "Uid:") == 0) {
        return true;
    }
    char *end = NULL;
    errno = 0;
    uint64_t effective = text == NULL ? 0 : strtoull(text, &end, 16);
    return effective != 0 && errno == 0 && *end == '\n' && (effective & powers) != 0;
}

static void read_own(struct capacity *capacity, const char *root)
{
    char text[FILE_SIZE];
    struct ceiling *threads = &capacity->ceilings[CEILING_NPROC];
    struct ceiling *descriptors = &capacity->ceilings[CEILING_NOFILE];
    if (!read_file(text, root, "/proc/self/limits")) {
        return;
    }
    threads->max = find_number(text, "Max processes");
    descriptors->max = find_number(text, "Max open files");
    descriptors->used = count_descriptors(root);

    uint64_t user =
        read_file(text, root, "/proc/self/status") ? find_number(text, "Uid:") : CEILING_NONE;
    if (user == CEILING_NONE || is_privileged(text)) {
        threads->max = CEILING_NONE;
    } else if (threads->max != CEILING_NONE) {
        threads->used = count_user_threads(root, user);
    }
}

/* Takes the ceiling of this folder's control group if it leaves less room than the one before. */
static void take_group(struct capacity *capacity, const char *root, const char *folder)
{
    char name[CAPACITY_PATH_SIZE];
    struct ceiling ceiling = {.max = CEILING_NONE};
    if (join(name, folder, "/pids.current")) {
        ceiling.used = or_zero(read_number(root, name));
    }
    if (join(name, folder, "/pids.max")) {
        ceiling.max = read_number(root, name);
    }
    if (ceiling.max != CEILING_NONE &&
        ceiling_left(&ceiling) < ceiling_left(&capacity->ceilings[CEILING_CGROUP])) {
        capacity->ceilings[CEILING_CGROUP] = ceiling;
        memcpy(capacity->pids_max, name, sizeof name);
    }
}

/* The mount of the control groups that count threads; NULL if these controllers do not. */
static const char *find_mount(const char *controllers)
{
    if (*controllers == '\0') {
        return "/sys/fs/cgroup"; /* version 2: one mount for all controllers */
    }
    for (const char *at = controllers; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strcspn(at, ",") == 4 && strncmp(at, "pids", 4) == 0) {
            return "/sys/fs/cgroup/pids";
        }
    }
    return NULL;
}

/*
 * Takes the group in a line of /proc/self/cgroup, "NUMBER:CONTROLLERS:GROUP", and all groups above
 * it. In a container the line may have the group's path on the host; then the group's files are at
 * the top of the mount.
 */
static void read_groups(struct capacity *capacity, const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL || group[1] != '/') {
        return;
    }
    *group++ = '\0';
    const char *mount = find_mount(controllers + 1);
    if (mount == NULL) {
        return;
    }
    char folder[CAPACITY_PATH_SIZE];
    char *end = group + strlen(group);
    end -= end[-1] == '/';
    for (;;) {
        *end = '\0';
        if (join(folder, mount, group)) {
            take_group(capacity, root, folder);
        }
        if (end == group) {
            return;
        }
        end = strrchr(group, '/');
    }
}

static unsigned count_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_CONF); /* the count that C core uses too */
    return count > 0 ? (unsigned)count : 1;
}

void capacity_read(struct capacity *ret_capacity, const char *root)
{
    *ret_capacity = (struct capacity){.processors = count_processors()};
    struct ceiling *kinds = ret_capacity->ceilings;
    for (int kind = 0; kind < CEILING_KINDS; kind++) {
        kinds[kind].max = CEILING_NONE;
    }
    uint64_t threads = count_threads(root);
    kinds[CEILING_PID_MAX] =
        (struct ceiling){read_number(root, "/proc/sys/kernel/pid_max"), threads};
    kinds[CEILING_THREADS_MAX] =
        (struct ceiling){read_number(root, "/proc/sys/kernel/threads-max"), threads};
    kinds[CEILING_MAPS] =
        (struct ceiling){read_number(root, "/proc/sys/vm/max_map_count"), count_maps(root)};
    read_own(ret_capacity, root);

    char text[FILE_SIZE];
    char *rest = NULL;
    char *line = read_file(text, root, "/proc/self/cgroup") ? strtok_r(text, "\n", &rest) : NULL;
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        read_groups(ret_capacity, root, line);
    }
}

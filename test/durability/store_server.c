#include "test/durability/store_server.h"

#include "test/kit/loopback.h"
#include "test/kit/programs/arguments.h"

#include <check.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_server_has_disk(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

void store_server_make(struct store_server *store)
{
    char path[STORE_PATH_SIZE];
    *store = (struct store_server){.is_recorded = false};
    store->held = loopback_hold(SOCK_CLOEXEC, &store->server.port);
    ck_assert_int_ge(store->held, 0);
    scratch_folder_make(store->folder, "comms-store");
    snprintf(store->path, sizeof store->path, "%s/sessions", store->folder);
    snprintf(store->record, sizeof store->record, "%s/record", store->folder);
    snprintf(store->place, sizeof store->place, "file:%.80s", store->path);
    snprintf(path, sizeof path, "%s/disk", store->folder);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, sizeof *store->disk), 0);
    store->disk = mmap(NULL, sizeof *store->disk, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert(store->disk != MAP_FAILED);
    close(fd);
    close(open(store->record, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

void store_server_remove(struct store_server *store)
{
    munmap(store->disk, sizeof *store->disk);
    close(store->held);
    scratch_folder_remove(store->folder);
}

void store_server_start(struct store_server *store, ...)
{
    char port[16];
    char preload[256];
    char control[STORE_PATH_SIZE + 16];
    char record[STORE_PATH_SIZE + 16];
    snprintf(port, sizeof port, "%u", (unsigned)store->server.port);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s/disk.so", programs_shimmed_folder());
    snprintf(control, sizeof control, "DISK_CONTROL=%s/disk", store->folder);
    snprintf(record, sizeof record, "DISK_RECORD=%s", store->record);
    const char *const environment[] = {preload, control, store->is_recorded ? record : NULL, NULL};
    const char *const first[] = {"--mode", "stateful", "--listen",   "127.0.0.1", "--port",
                                 port,     "--store",  store->place, NULL};
    struct arguments arguments = {NULL, 0};
    arguments_add_array(&arguments, first);
    va_list more;
    va_start(more, store);
    arguments_add_list(&arguments, more);
    va_end(more);
    const struct program_spec spec = {.path = programs_server_path(),
                                      .arguments = (const char *const *)arguments.items,
                                      .environment = store_server_has_disk() ? environment : NULL};
    store->server.program = program_start_spec(&spec);
    arguments_cleanup(&arguments);
    program_wait_line(store->server.program, PROGRAM_STDOUT, "listening on 127.0.0.1:");
}

void store_server_rule(struct store_server *store, int error, bool hangs)
{
    struct stat status;
    ck_assert_int_eq(stat(store->path, &status), 0);
    atomic_store(&store->disk->error, error);
    atomic_store(&store->disk->hangs, hangs);
    atomic_store(&store->disk->inode, status.st_ino);
}

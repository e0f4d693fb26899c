#define _GNU_SOURCE /* fallocate */
#include "server/stores/file_environment.h"

#include "server/stores/file_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum {
    MAP_MIN = 1024 * 1024, /* bytes of LMDB's map at first */
    ROOM_MIN = 256 * 1024, /* less room than that, in bytes: a short write was for want of it */
    STEP = 1024 * 1024,    /* bytes that are allocated at a time, beyond FILE_RESERVE */
    MODE = 0600            /* who knows a uuid can take its session */
};

void file_environment_init(struct file_environment *environment, const char *path, int file)
{
    *environment = (struct file_environment){.path = path, .file = file};
}

static void describe(struct file_environment *environment, const char *what, int code)
{
    (void)snprintf(environment->problem, sizeof environment->problem, "%s: %s", what,
                   mdb_strerror(code));
}

static void close_env(void *argument)
{
    mdb_env_close(argument);
}

void file_environment_close(struct file_environment *environment)
{
    if (environment->env != NULL && !environment->is_broken &&
        !file_guard_call(close_env, environment->env)) {
        environment->is_broken = true;
    }
    environment->env = NULL;
}

/* ---- The file -------------------------------------------------------------------------------- */

bool file_environment_is_in_place(struct file_environment *environment)
{
    struct stat locked;
    struct stat named;
    if (environment->file < 0) {
        return true;
    }
    if (fstat(environment->file, &locked) != 0 || stat(environment->path, &named) != 0 ||
        locked.st_dev != named.st_dev || locked.st_ino != named.st_ino) {
        (void)snprintf(environment->problem, sizeof environment->problem,
                       "was removed or replaced");
        return false;
    }
    if (locked.st_size < environment->size) {
        (void)snprintf(environment->problem, sizeof environment->problem,
                       "was truncated; start the server anew with a copy of it");
        file_environment_close(environment);
        environment->is_broken = true;
        return false;
    }
    environment->size = locked.st_size;
    return true;
}

static bool has_room(const struct file_environment *environment)
{
    struct statvfs disk;
    struct rlimit limit;
    struct stat status;
    if (statvfs(environment->path, &disk) == 0 &&
        (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_MIN) {
        return false;
    }
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           stat(environment->path, &status) != 0 ||
           (rlim_t)status.st_size + ROOM_MIN <= limit.rlim_cur;
}

/* LMDB calls a write that was short EIO: then the disk is asked. */
static enum file_result judge(const struct file_environment *environment, int code)
{
    switch (code) {
    case 0:
        return FILE_WRITTEN;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case MDB_MAP_FULL:
        return FILE_FULL;
    case EIO:
        return has_room(environment) ? FILE_FAILED : FILE_FULL;
    default:
        return FILE_FAILED;
    }
}

/* ---- LMDB ------------------------------------------------------------------------------------ */

/* LMDB found what cannot be. */
static void fail_assertion(MDB_env *env, const char *message)
{
    (void)env;
    (void)message;
    file_guard_break_off();
}

/* Twice the file, so that it can grow. */
static size_t first_map_size(const char *path)
{
    struct stat status;
    size_t size = MAP_MIN;
    if (stat(path, &status) == 0) {
        while (size < 2 * (size_t)status.st_size) {
            size *= 2;
        }
    }
    return size;
}

/* Whether LMDB has opened the locked file, and no other one that has just taken its place. */
static bool is_locked_file(const struct file_environment *environment, MDB_env *env)
{
    struct stat locked;
    struct stat opened;
    int file = -1;
    return environment->file < 0 ||
           (mdb_env_get_fd(env, &file) == 0 && fstat(file, &opened) == 0 &&
            fstat(environment->file, &locked) == 0 && locked.st_dev == opened.st_dev &&
            locked.st_ino == opened.st_ino);
}

/*
 * Opens LMDB with a map of this size, or as large as the file's contents if they are larger. LMDB's
 * ways stay as they are: each commit waits for the disk (no MDB_NOSYNC, no MDB_WRITEMAP).
 */
static int open_env(struct file_environment *environment, size_t map_size)
{
    MDB_env *env = NULL;
    int code = mdb_env_create(&env);
    if (code != 0) {
        return code;
    }
    (void)mdb_env_set_assert(env, fail_assertion);
    code = mdb_env_set_mapsize(env, map_size);
    if (code == 0) {
        code =
            mdb_env_open(env, environment->path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NORDAHEAD, MODE);
    }
    if (code == 0 && !is_locked_file(environment, env)) {
        code = ENOENT;
    }
    if (code != 0) {
        mdb_env_close(env);
        return code;
    }
    environment->env = env;
    return 0;
}

/* Doubles the map. No transaction is open. */
static int grow(struct file_environment *environment)
{
    MDB_envinfo info;
    int code = mdb_env_info(environment->env, &info);
    return code != 0 ? code : mdb_env_set_mapsize(environment->env, 2 * info.me_mapsize);
}

/* Counts the pages that earlier transactions have left free, up to `enough`. */
static int count_free(MDB_env *env, size_t enough, size_t *ret_count)
{
    enum { FREE_PAGES = 0 }; /* LMDB's own database: lists of page numbers behind their count */
    MDB_txn *transaction = NULL;
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val list;
    size_t count = 0;
    int code = mdb_txn_begin(env, NULL, MDB_RDONLY, &transaction);
    if (code != 0) {
        return code;
    }
    code = mdb_cursor_open(transaction, FREE_PAGES, &cursor);
    while (code == 0 && count < enough) {
        code = mdb_cursor_get(cursor, &key, &list, MDB_NEXT);
        count += code == 0 ? *(const size_t *)list.mv_data : 0;
    }
    if (cursor != NULL) {
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(transaction);
    *ret_count = count;
    return code == MDB_NOTFOUND ? 0 : code;
}

/* Sees to FILE_RESERVE. A file system that cannot allocate ahead goes without. */
static int reserve(struct file_environment *environment)
{
    MDB_envinfo info;
    MDB_stat stat;
    int file;
    int code = mdb_env_info(environment->env, &info);
    code = code != 0 ? code : mdb_env_stat(environment->env, &stat);
    code = code != 0 ? code : mdb_env_get_fd(environment->env, &file);
    if (code != 0) {
        return code;
    }
    const off_t used = (off_t)((info.me_last_pgno + 1) * stat.ms_psize);
    if (environment->reserved >= used + FILE_RESERVE) {
        return 0;
    }
    const off_t wanted = used + FILE_RESERVE + STEP;
    if (fallocate(file, 0, 0, wanted) == 0 || errno == EOPNOTSUPP) {
        environment->reserved = wanted;
        return 0;
    }
    const int refusal = errno;
    const off_t ahead = environment->reserved > used ? environment->reserved - used : 0;
    const size_t enough = (size_t)(FILE_RESERVE - ahead) / stat.ms_psize;
    size_t count = 0;
    code = count_free(environment->env, enough, &count);
    return code != 0 ? code : count >= enough ? 0 : refusal;
}

static int put_all(MDB_txn *transaction, const struct file_entry *entries, size_t count)
{
    MDB_dbi database;
    int code = mdb_dbi_open(transaction, NULL, 0, &database);
    for (size_t i = 0; i < count && code == 0; i++) {
        struct file_entry entry = entries[i];
        MDB_val key = {.mv_size = sizeof entry.key, .mv_data = entry.key};
        MDB_val value = {.mv_size = entry.size, .mv_data = entry.value};
        if (entry.size > 0) {
            code = mdb_put(transaction, database, &key, &value, 0);
        } else {
            code = mdb_del(transaction, database, &key, NULL);
            code = code == MDB_NOTFOUND ? 0 : code;
        }
    }
    return code;
}

static int transact(MDB_env *env, const struct file_entry *entries, size_t count)
{
    MDB_txn *transaction = NULL;
    int code = mdb_txn_begin(env, NULL, 0, &transaction);
    if (code != 0) {
        return code;
    }
    code = put_all(transaction, entries, count);
    if (code != 0) {
        mdb_txn_abort(transaction);
        return code;
    }
    return mdb_txn_commit(transaction);
}

/* ---- Writing --------------------------------------------------------------------------------- */

struct write {
    struct file_environment *environment;
    const struct file_entry *entries;
    size_t count;
    bool has_new;
    int code;
};

static void write_guarded(void *argument)
{
    struct write *write = argument;
    struct file_environment *environment = write->environment;
    if (environment->env == NULL) {
        write->code = open_env(environment, first_map_size(environment->path));
    }
    if (write->code == ENOMEM) { /* there is no address space to grow; what exists may go on */
        write->code = open_env(environment, MAP_MIN);
    }
    if (write->code == 0 && write->has_new) {
        write->code = reserve(environment);
    }
    if (write->code != 0) {
        return;
    }
    write->code = transact(environment->env, write->entries, write->count);
    while (write->code == MDB_MAP_FULL && grow(environment) == 0) {
        write->code = transact(environment->env, write->entries, write->count);
    }
}

enum file_result file_environment_write(struct file_environment *environment,
                                        const struct file_entry *entries, size_t count,
                                        bool has_new)
{
    if (environment->is_broken || !file_environment_is_in_place(environment)) {
        return FILE_FAILED;
    }
    struct write write = {
        .environment = environment, .entries = entries, .count = count, .has_new = has_new};
    if (!file_guard_call(write_guarded, &write)) {
        environment->is_broken = true;
        (void)snprintf(environment->problem, sizeof environment->problem,
                       "cannot be read; start the server anew when it can");
        return FILE_FAILED;
    }
    if (write.code != 0) {
        describe(environment, "cannot be written", write.code);
        file_environment_close(environment); /* LMDB may have lost its map, or want no more */
    }
    return judge(environment, write.code);
}

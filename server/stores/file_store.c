#include "server/stores/file_store.h"

#include "server/sessions/session.h"
#include "server/sessions/store_memory.h"
#include "server/stores/file_queue.h"
#include "server/stores/file_watch.h"
#include "server/stores/file_writer.h"
#include "shared/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long `close` waits for the disk. */
#define CLOSE_NS (5 * NS_PER_S)

struct file_store {
    struct store store;               /* first: a pointer to one is a pointer to the other */
    struct store_memory memory;       /* answers all except STORE_CREATE and STORE_RELEASE */
    struct session_listener listener; /* of the sessions' ends */
    struct sessions *sessions;        /* not owned */
    char *path;
    struct file_database *database;
    struct file_queue queue;
    struct file_writer writer;
    struct file_watch watch;
};

static struct file_store *store_of(struct store *store)
{
    return (struct file_store *)(void *)store;
}

/* ---- Questions ------------------------------------------------------------------------------- */

/* True: it is answered. */
static bool create(struct file_store *file, struct store_request *request)
{
    struct file_item *item = calloc(1, sizeof *item);
    request->outcome = ERROR_TOO_MANY_SESSIONS;
    if (item == NULL) {
        return true;
    }
    if (file_queue_is_stuck(&file->queue)) {
        free(item);
        request->outcome = ERROR_STORE_AWAY;
        return true;
    }
    request->outcome = sessions_start(file->sessions, &request->uuid, request->n, request->attempt,
                                      request->owner, &request->hold);
    if (request->outcome != ERROR_NONE) {
        free(item);
        return true;
    }
    item->session = request->hold.session;
    session_ref(item->session);
    item->is_start = true;
    item->request = request;
    file_queue_add_start(&file->queue, item);
    return false;
}

/* The first look at the live streams finds that the claim is not written. */
static void claim(struct file_store *file, struct store_request *request)
{
    (void)file->memory.store.submit(&file->memory.store, request);
    if (request->outcome == ERROR_NONE) {
        request->written.sent = UINT32_MAX;
        file_queue_add_live(&file->queue, request);
    }
}

static void release(struct file_store *file, struct store_request *request)
{
    struct session *session = request->hold.session;
    file_queue_remove_live(&file->queue, request);
    session_ref(session);
    sessions_leave(file->sessions, &request->hold);
    file_queue_add_change(&file->queue, session);
    session_unref(session);
    request->outcome = ERROR_NONE;
}

static bool submit(struct store *store, struct store_request *request)
{
    struct file_store *file = store_of(store);
    switch (request->operation) {
    case STORE_CREATE:
        return create(file, request);
    case STORE_LOOK_UP:
        return file->memory.store.submit(&file->memory.store, request);
    case STORE_CLAIM:
        claim(file, request);
        break;
    case STORE_RELEASE:
        release(file, request);
        break;
    }
    return true;
}

static void forgotten(struct session_listener *listener, const struct session *session)
{
    char *bytes = (char *)listener;
    struct file_store *file =
        (struct file_store *)(void *)(bytes - offsetof(struct file_store, listener));
    file_queue_add_end(&file->queue, session->generation);
}

static void status(struct store *store, struct store_status *ret_status)
{
    struct file_queue *queue = &store_of(store)->queue;
    (void)pthread_mutex_lock(&queue->lock);
    *ret_status = queue->status;
    (void)pthread_mutex_unlock(&queue->lock);
    ret_status->latency = store_latency_read(&queue->latency);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void free_store(struct file_store *file)
{
    file_database_close(file->database);
    file_queue_cleanup(&file->queue);
    free(file->path);
    free(file);
}

/* What the end of the store means for the next start; NULL: the file has everything. */
static const char *effect_of(struct file_store *file, bool has_ended)
{
    if (has_ended && file->writer.is_complete) {
        return NULL;
    }
    /* While the writer hangs, the file is its own. */
    return !has_ended || file_database_is_in_place(file->database)
               ? "after a restart the positions of the clients decide"
               : "the file is gone or damaged: put it back, or its sessions are lost at a restart";
}

static bool close_store(struct store *store)
{
    struct file_store *file = store_of(store);
    file_queue_close(&file->queue);
    file_watch_join(&file->watch);
    const struct clock *clock = file->queue.clock;
    const bool has_ended = file_writer_join(&file->writer, clock_add(clock->now(clock), CLOSE_NS));
    struct store_status end;
    status(store, &end);
    const char *effect = effect_of(file, has_ended);
    log_event(effect == NULL ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARN, "store closed",
              log_word("path", file->path), log_number("written", end.writes),
              log_number("refused", end.refusals),
              log_number("unwritten", file_queue_unwritten(&file->queue)),
              log_text("effect", effect));
    if (has_ended) {
        sessions_set_listener(file->sessions, NULL);
        free_store(file);
    }
    return has_ended;
}

/* ---- The beginning --------------------------------------------------------------------------- */

struct restorer {
    struct file_reader reader; /* first: a pointer to one is a pointer to the other */
    struct file_store *file;
    uint64_t count;
};

/*
 * An earlier session of the same uuid is left over if the server ended between the START that
 * replaced it and its deletion: it is deleted now. The newest comes first.
 */
static bool restore(struct file_reader *reader, const struct session_record *record)
{
    struct restorer *restorer = (struct restorer *)(void *)reader;
    struct session *newer = sessions_find(restorer->file->sessions, &record->uuid);
    if (newer != NULL) {
        session_unref(newer);
        file_queue_add_end(&restorer->file->queue, record->generation);
        return true;
    }
    restorer->count++;
    return sessions_restore(restorer->file->sessions, record);
}

static bool start_threads(struct file_store *file)
{
    file->writer.path = file->watch.path = file->path;
    file->writer.queue = file->watch.queue = &file->queue;
    file->writer.sessions = file->watch.sessions = file->sessions;
    file->writer.database = file->database;
    if (!file_watch_start(&file->watch)) {
        return false;
    }
    if (!file_writer_start(&file->writer)) {
        file_queue_close(&file->queue);
        file_watch_join(&file->watch);
        return false;
    }
    return true;
}

static struct file_store *create_store(const char *path, const struct clock *clock,
                                       struct sessions *sessions)
{
    struct file_store *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    if (file == NULL || copy == NULL || !file_queue_init(&file->queue, clock)) {
        free(copy);
        free(file);
        return NULL;
    }
    file->store = (struct store){.submit = submit, .status = status, .close = close_store};
    file->listener.forgotten = forgotten;
    file->sessions = sessions;
    file->path = copy;
    store_memory_init(&file->memory, sessions);
    return file;
}

struct store *file_store_open(const char *path, const struct clock *clock,
                              struct sessions *sessions, char problem[static FILE_PROBLEM_SIZE])
{
    struct file_store *file = create_store(path, clock, sessions);
    if (file == NULL) {
        (void)snprintf(problem, FILE_PROBLEM_SIZE, "cannot start: out of memory");
        return NULL;
    }
    struct restorer restorer = {.reader = {.read = restore}, .file = file};
    file->database = file_database_open(path, &restorer.reader, problem);
    if (file->database == NULL) {
        free_store(file);
        return NULL;
    }
    if (!start_threads(file)) {
        (void)snprintf(problem, FILE_PROBLEM_SIZE,
                       "cannot start: no thread or memory left; see ulimit -u and -v");
        free_store(file);
        return NULL;
    }
    sessions_set_listener(sessions, &file->listener);
    const bool was_closed = file_database_was_closed(file->database);
    log_event(LOG_LEVEL_NOTICE, "store opened", log_word("path", path),
              log_number("sessions", restorer.count),
              log_text("effect",
                       was_closed ? NULL
                                  : "the server has crashed: the positions of the clients decide"));
    return &file->store;
}

#include "server/admin/admin.h"

#include "server/admin/guests.h"
#include "server/admin/metrics.h"
#include "server/admin/sampler.h"
#include "server/admin/status_page.h"
#include "server/rpc/channelz.h"
#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/page/exposition.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 2 * GUESTS_MAX, /* those that were shut down may not have left yet */
    IDLE_TIMEOUT_S = 10,
    REQUEST_MEMORY = 16 * 1024 /* bytes of a request's headers, and of the answer's */
};

/* One listening socket. */
struct door {
    const struct admin *admin;
    struct MHD_Daemon *daemon;
    struct guests guests; /* the daemon's thread */
};

struct admin {
    struct admin_settings settings;
    struct sampler *sampler;
    struct status_page *page;
    size_t door_count;
    struct door doors[];
};

/* ---- Answers --------------------------------------------------------------------------------- */

static const char text_type[] = "text/plain; charset=utf-8";
static const char no_content_policy[] = "default-src 'none'; frame-ancestors 'none'";

/* No page may read, frame or guess at what is answered; and each request has its own connection. */
static const struct {
    const char *name;
    const char *value;
} headers[] = {{"Cache-Control", "no-store"},
               {"Connection", "close"},
               {"Cross-Origin-Resource-Policy", "same-origin"},
               {"Referrer-Policy", "no-referrer"},
               {"X-Content-Type-Options", "nosniff"}};

/* Takes the response over; NULL: the connection is closed. */
static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status,
                                     struct MHD_Response *response, const char *type,
                                     const char *policy)
{
    if (response == NULL) {
        return MHD_NO;
    }
    bool is_complete =
        MHD_add_response_header(response, "Content-Type", type) == MHD_YES &&
        MHD_add_response_header(response, "Content-Security-Policy", policy) == MHD_YES;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        is_complete = is_complete && MHD_add_response_header(response, headers[i].name,
                                                             headers[i].value) == MHD_YES;
    }
    if (is_complete && status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        is_complete = MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES;
    }
    const enum MHD_Result result =
        is_complete ? MHD_queue_response(connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

/* `text` is static. */
static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 const char *text)
{
    /* libmicrohttpd only reads it: its parameter lacks the word const. */
    const union {
        const char *constant;
        char *text;
    } body = {.constant = text};
    return send_response(
        connection, status,
        MHD_create_response_from_buffer(strlen(text), body.text, MHD_RESPMEM_PERSISTENT), text_type,
        no_content_policy);
}

/* Sends what `write` writes. */
static enum MHD_Result send_written(struct MHD_Connection *connection, const struct admin *admin,
                                    bool (*write)(const struct admin *admin, FILE *file),
                                    const char *type, const char *policy)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    bool is_whole = false;
    if (file != NULL) {
        is_whole = write(admin, file) && ferror(file) == 0;
        is_whole = fclose(file) == 0 && is_whole;
    }
    struct MHD_Response *response =
        is_whole ? MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE) : NULL;
    if (response == NULL) {
        free(text);
        return send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    }
    return send_response(connection, MHD_HTTP_OK, response, type, policy);
}

static bool write_metrics(const struct admin *admin, FILE *file)
{
    metrics_write(file, &admin->settings.sources);
    return true;
}

static bool write_page(const struct admin *admin, FILE *file)
{
    return status_page_write(admin->page, file);
}

/* A field of the query; what is no field of channelz, or no whole number, makes it wrong. */
struct channelz_question {
    struct channelz_query query;
    bool is_wrong;
};

static enum MHD_Result read_field(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct channelz_question *question = context;
    uint64_t number;
    int field = 0;
    (void)kind;
    while (field < CHANNELZ_FIELDS &&
           strcmp(name, channelz_field_name((enum channelz_field)field)) != 0) {
        field++;
    }
    if (field == CHANNELZ_FIELDS || value == NULL ||
        number_parse(value, strlen(value), INT64_MAX, &number) != NUMBER_OK) {
        question->is_wrong = true;
    } else {
        question->query.fields[field] = (int64_t)number;
    }
    return MHD_YES;
}

static enum MHD_Result send_channelz(struct MHD_Connection *connection)
{
    struct channelz_question question = {.is_wrong = false};
    for (int i = 0; i < CHANNELZ_FIELDS; i++) {
        question.query.fields[i] = CHANNELZ_ABSENT;
    }
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, read_field, &question);
    char *json = NULL;
    const enum channelz_result result =
        question.is_wrong ? CHANNELZ_UNKNOWN : channelz_ask(&question.query, &json);
    if (result == CHANNELZ_UNKNOWN) {
        return send_text(
            connection, MHD_HTTP_BAD_REQUEST,
            "ask by numbers: nothing or start_server_id; server_id; server_id with "
            "start_socket_id or max_results;\nsocket_id; start_channel_id; channel_id; "
            "subchannel_id\n");
    }
    if (result == CHANNELZ_NOT_FOUND) {
        return send_text(connection, MHD_HTTP_NOT_FOUND, "gRPC has nothing of this number\n");
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(json), json, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(json);
    }
    return send_response(connection, MHD_HTTP_OK, response, "application/json", no_content_policy);
}

static enum MHD_Result send_readiness(struct MHD_Connection *connection,
                                      const struct admin_sources *sources)
{
    if (!health_is_serving(sources->health, HEALTH_SERVER)) {
        return send_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                         "not ready: the server is stopping\n");
    }
    return send_text(connection, MHD_HTTP_OK, "ready\n");
}

/* Counts the Host headers. */
static enum MHD_Result count_host(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    int *count = context;
    (void)kind;
    (void)value;
    *count += strcasecmp(name, "Host") == 0;
    return MHD_YES;
}

/* A NUL would end the text, and what is behind it would not be seen: then nothing is left of it. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    size_t length = MHD_http_unescape(text);
    if (length != strlen(text)) {
        text[0] = '\0';
        length = 0;
    }
    return length;
}

static enum MHD_Result send_path(struct MHD_Connection *connection, const struct admin *admin,
                                 const char *url)
{
    if (strcmp(url, "/") == 0) {
        return send_written(connection, admin, write_page, "text/html; charset=utf-8",
                            status_page_policy(admin->page));
    }
    if (strcmp(url, "/metrics") == 0) {
        return send_written(connection, admin, write_metrics, EXPOSITION_CONTENT_TYPE,
                            no_content_policy);
    }
    if (strcmp(url, "/debug/channelz") == 0) {
        return send_channelz(connection);
    }
    if (strcmp(url, "/healthz") == 0) {
        return send_text(connection, MHD_HTTP_OK, "ok\n");
    }
    if (strcmp(url, "/readyz") == 0) {
        return send_readiness(connection, &admin->settings.sources);
    }
    return send_text(connection, MHD_HTTP_NOT_FOUND,
                     "there are /, /metrics, /healthz, /readyz and /debug/channelz\n");
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    const struct door *door = context;
    const struct admin *admin = door->admin;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)request;
    int hosts = 0;
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &hosts);
    if (hosts > 1) {
        return send_text(connection, MHD_HTTP_BAD_REQUEST, "more than one Host header\n");
    }
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    if (host != NULL && !host_check_admits(&admin->settings.hosts, host)) {
        return send_text(connection, MHD_HTTP_FORBIDDEN,
                         "this is not a name of the admin port; --admin-host NAME adds one\n");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                         "only GET and HEAD: nothing can be changed here\n");
    }
    return send_path(connection, admin, url);
}

/* ---- Doors ----------------------------------------------------------------------------------- */

static void note_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                            enum MHD_ConnectionNotificationCode what)
{
    struct door *door = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    (void)socket_context;
    if (info != NULL && what == MHD_CONNECTION_NOTIFY_STARTED) {
        guests_come(&door->guests, info->connect_fd);
    } else if (info != NULL) {
        guests_leave(&door->guests, info->connect_fd);
    }
}

/* The daemon closes its descriptor at its end, so it gets one of its own. */
static bool open_door(struct door *door, const struct admin *admin, int listening)
{
    const int descriptor = fcntl(listening, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        return false;
    }
    door->admin = admin;
    door->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, door,
        MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY, MHD_OPTION_NOTIFY_CONNECTION,
        note_connection, door, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
    return door->daemon != NULL;
}

struct admin *admin_start(const struct admin_settings *settings)
{
    const size_t count = settings->sockets->count;
    struct admin *admin = calloc(1, sizeof *admin + count * sizeof admin->doors[0]);
    if (admin == NULL) {
        return NULL;
    }
    admin->settings = *settings;
    admin->sampler = sampler_start(&admin->settings.sources);
    admin->page = admin->sampler == NULL
                      ? NULL
                      : status_page_create(&admin->settings.sources, admin->sampler);
    if (admin->page == NULL) {
        admin_stop(admin);
        return NULL;
    }
    for (; admin->door_count < count; admin->door_count++) {
        struct door *door = &admin->doors[admin->door_count];
        if (!open_door(door, admin, settings->sockets->items[admin->door_count].descriptor)) {
            admin_stop(admin);
            return NULL;
        }
    }
    return admin;
}

void admin_stop(struct admin *admin)
{
    if (admin == NULL) {
        return;
    }
    for (size_t i = 0; i < admin->door_count; i++) {
        MHD_stop_daemon(admin->doors[i].daemon);
    }
    status_page_destroy(admin->page);
    sampler_stop(admin->sampler);
    free(admin);
}

void admin_announce(const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        const struct listening_socket *socket = &sockets->items[i];
        log_event(LOG_LEVEL_NOTICE, "admin listening", log_address("address", socket->name));
        if (!socket->is_loopback) {
            log_event(LOG_LEVEL_WARN, "admin port is open to others",
                      log_address("address", socket->name),
                      log_text("effect", "whoever reaches it can read the state of the server"));
        }
    }
}

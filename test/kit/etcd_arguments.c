#include "test/kit/etcd_arguments.h"

#include <check.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { WORD_SIZE = 160, LIST_SIZE = 256 };

/* Adds an option of two words, the second of which is formatted. */
static void add_option(struct arguments *arguments, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_option(struct arguments *arguments, const char *name, const char *format, ...)
{
    char word[LIST_SIZE];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(word, sizeof word, format, list);
    va_end(list);
    ck_assert_int_lt(length, LIST_SIZE);
    arguments_add(arguments, name);
    arguments_add(arguments, word);
}

/* All members with their addresses for one another, as each of them must know it at first. */
static void list_peers(const struct etcd_cluster *cluster, char list[static LIST_SIZE])
{
    size_t length = 0;
    for (size_t i = 0; i < cluster->settings.members; i++) {
        length += (size_t)snprintf(list + length, LIST_SIZE - length, "%sm%zu=http://127.0.0.1:%u",
                                   i == 0 ? "" : ",", i, cluster->members[i].peer_port);
    }
    ck_assert_uint_lt(length, LIST_SIZE);
}

static void add_tls(struct arguments *arguments, const struct certificates *certificates)
{
    char path[CERTIFICATES_PATH_SIZE];
    add_option(arguments, "--cert-file", "%s", certificates_path(certificates, "server.pem", path));
    add_option(arguments, "--key-file", "%s", certificates_path(certificates, "server.key", path));
    add_option(arguments, "--trusted-ca-file", "%s",
               certificates_path(certificates, "ca.pem", path));
    arguments_add(arguments, "--client-cert-auth");
}

struct arguments etcd_arguments(const struct etcd_cluster *cluster, size_t i)
{
    const struct etcd_cluster_settings *settings = &cluster->settings;
    const struct etcd_cluster_member *member = &cluster->members[i];
    char peers[LIST_SIZE];
    char tls[WORD_SIZE] = "";
    struct arguments arguments = {NULL, 0};
    list_peers(cluster, peers);
    if (settings->certificates != NULL) {
        snprintf(tls, sizeof tls, ",https://127.0.0.1:%u", member->tls_port);
        add_tls(&arguments, settings->certificates);
    }
    add_option(&arguments, "--name", "m%zu", i);
    add_option(&arguments, "--data-dir", "%s/data", member->folder);
    add_option(&arguments, "--listen-client-urls", "http://127.0.0.1:%u%s", member->port, tls);
    add_option(&arguments, "--advertise-client-urls", "http://127.0.0.1:%u", member->port);
    add_option(&arguments, "--listen-peer-urls", "http://127.0.0.1:%u", member->peer_port);
    add_option(&arguments, "--initial-advertise-peer-urls", "http://127.0.0.1:%u",
               member->peer_port);
    add_option(&arguments, "--initial-cluster", "%s", peers);
    add_option(&arguments, "--quota-backend-bytes", "%" PRIu64, settings->quota_bytes);
    add_option(&arguments, "--logger", "zap");
    add_option(&arguments, "--log-level", "warn");
    add_option(&arguments, "--log-outputs", "%s/log", member->folder);
    if (!settings->has_disk) {
        arguments_add(&arguments, "--unsafe-no-fsync");
    }
    return arguments;
}

/*
 * The addresses to listen on, each once: names are looked up, and may have several addresses or
 * share one. For the main thread.
 */
#ifndef COMMS_SERVER_NET_LISTEN_LIST_H
#define COMMS_SERVER_NET_LISTEN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage address; /* without a port; or a path, which ends with NUL */
    socklen_t length;
    bool is_skipped; /* the machine lacks its family; set by sockets_open */
};

/* In the order given; all zeroes is an empty list. */
struct listen_list {
    struct listen_address *items;
    size_t count;
};

/*
 * Adds the addresses of a text of the command line, which target_parse reads. Returns NULL, or why
 * it failed: a static text, or one that is valid until the next call.
 */
const char *listen_list_add(struct listen_list *list, const char *text);

/* Adds an address unless the list has it. Returns false if memory is missing. */
bool listen_list_add_address(struct listen_list *list, const struct sockaddr *address,
                             socklen_t length);

/* Whether one of two TCP addresses is that of all interfaces, and so includes the other. */
bool listen_address_overlaps(const struct listen_address *one, const struct listen_address *other);

void listen_list_cleanup(struct listen_list *list);

#endif

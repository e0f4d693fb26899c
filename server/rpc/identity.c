#include "server/rpc/identity.h"

#include <grpc/grpc_security.h>
#include <grpc/grpc_security_constants.h>
#include <grpc/support/alloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether the call came by C core's own way for descriptors, which has no TLS. */
static bool is_plain(const char *peer)
{
    static const char prefix[] = "fd:";
    return strncmp(peer, prefix, sizeof prefix - 1) == 0;
}

void call_identify(struct call *call, struct connections *connections)
{
    char *peer = grpc_call_get_peer(call->grpc);
    call->is_plain = is_plain(peer);
    call->connection = connections_find(connections, peer);
    gpr_free(peer);
    if (call->connection == NULL) {
        call->alone = (struct turn_line){.holder = NULL};
        call->stream.peer = "unknown";
        call->stream.line = &call->alone;
    } else {
        call->stream.peer = call->connection->address;
        call->stream.line = &call->connection->line;
    }
}

/* What names a client, from the most exact name on: C core's names of the properties. */
static const char *const properties[] = {[CLIENT_SPIFFE] = GRPC_PEER_SPIFFE_ID_PROPERTY_NAME,
                                         [CLIENT_URI] = GRPC_PEER_URI_PROPERTY_NAME,
                                         [CLIENT_DNS] = GRPC_PEER_DNS_PROPERTY_NAME,
                                         [CLIENT_SUBJECT] = GRPC_X509_SUBJECT_PROPERTY_NAME,
                                         [CLIENT_CERTIFICATE] = GRPC_X509_PEM_CERT_PROPERTY_NAME};

enum { KINDS = sizeof properties / sizeof properties[0] };

/* The first property of this name; NULL: there is none. Valid as long as the context. */
static const grpc_auth_property *find(const grpc_auth_context *context, const char *name)
{
    grpc_auth_property_iterator iterator = grpc_auth_context_find_properties_by_name(context, name);
    return grpc_auth_property_iterator_next(&iterator);
}

static bool speaks_tls(const grpc_auth_context *context)
{
    const grpc_auth_property *type =
        context == NULL ? NULL : find(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME);
    return type != NULL && type->value_length == strlen(GRPC_SSL_TRANSPORT_SECURITY_TYPE) &&
           memcmp(type->value, GRPC_SSL_TRANSPORT_SECURITY_TYPE, type->value_length) == 0;
}

/* Finds the property that names the client; NULL: none does, as without a certificate. */
static const grpc_auth_property *find_name(const grpc_auth_context *context,
                                           enum client_kind *ret_kind)
{
    for (int kind = 0; kind < KINDS; kind++) {
        const grpc_auth_property *property = find(context, properties[kind]);
        if (property != NULL && property->value_length > 0) {
            *ret_kind = (enum client_kind)kind;
            return property;
        }
    }
    return NULL;
}

/* An identity with a reference for the caller: the connection's, or a new one. */
static struct client_identity *share(struct connection *connection, enum client_kind kind,
                                     const grpc_auth_property *name)
{
    struct client_key key;
    client_key_make(&key, kind, name->value, name->value_length);
    if (connection != NULL && connection->client != NULL &&
        client_key_equal(&connection->client->key, &key)) {
        client_identity_ref(connection->client);
        return connection->client;
    }
    struct client_identity *client = client_identity_create(kind, name->value, name->value_length);
    if (client != NULL && connection != NULL && connection->client == NULL) {
        client_identity_ref(client);
        connection->client = client;
    }
    return client;
}

static enum error read_context(const grpc_auth_context *context, struct call *call,
                               enum identity_demand demand, struct failure *ret_failure)
{
    if (!speaks_tls(context)) {
        return failure_set(ret_failure, ERROR_NOT_IDENTIFIED, "the connection does not speak TLS");
    }
    enum client_kind kind;
    const grpc_auth_property *name = find_name(context, &kind);
    if (name == NULL) {
        return demand == IDENTITY_KNOWN
                   ? failure_set(ret_failure, ERROR_NOT_IDENTIFIED, "it shows no certificate")
                   : ERROR_NONE;
    }
    call->client = share(call->connection, kind, name);
    call->stream.client = call->client;
    return call->client != NULL
               ? ERROR_NONE
               : failure_set(ret_failure, ERROR_NOT_IDENTIFIED, "the server is out of memory");
}

enum error identity_read(struct call *call, enum identity_demand demand,
                         struct failure *ret_failure)
{
    if (demand == IDENTITY_NO_PORT || call->is_plain) {
        return ERROR_NONE;
    }
    grpc_auth_context *context = grpc_call_auth_context(call->grpc);
    enum error error = read_context(context, call, demand, ret_failure);
    grpc_auth_context_release(context);
    return error;
}

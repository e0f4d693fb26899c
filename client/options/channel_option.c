#include "client/options/channel_option.h"

#include "client/grpc/target_uri.h"
#include "client/options/header_option.h"
#include "client/options/tls_option.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum { PICK_FIRST, ROUND_ROBIN, PORT_DEFAULT = 1337 };

static const struct options *const table = &client_option_table;

const char *const channel_option_policies[] = {
    [PICK_FIRST] = "pick_first", [ROUND_ROBIN] = "round_robin", NULL};

/* ---- What each call tells -------------------------------------------------------------------- */

/* The characters of an authority in RFC 3986, without the @ behind a user. */
const char *channel_option_check_authority(const char *text)
{
    if (strstr(text, "://") != NULL) {
        return "expected HOST or HOST:PORT, not a URL";
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-._~!$&'()*+,;=:[]%", *c) == NULL) {
            return "expected HOST or HOST:PORT, without blanks, slashes, '@', '?' or '#'";
        }
    }
    return NULL;
}

const char *channel_option_check_user_agent(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            return "expected printable ASCII in one line";
        }
    }
    return text[0] == ' ' || text[strlen(text) - 1] == ' '
               ? "expected no blank at its beginning or end"
               : NULL;
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static const char *host_of(const struct client_options *options)
{
    if (options->host != NULL) {
        return options->host;
    }
    return options->ipv6 ? "::1" : "127.0.0.1";
}

/* Whether it stands for an IPv4 address, as ::ffff:10.0.0.1 does. */
static bool is_mapped(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, host, &address) == 1 && IN6_IS_ADDR_V4MAPPED(&address);
}

static const char *check_family(const struct client_options *options, const struct target *target)
{
    bool is_mapped_ipv4 = target->kind == TARGET_IPV6 && is_mapped(target->host);
    if (options->ipv4 && options->ipv6) {
        return "-4 and -6 exclude each other: leave one out";
    }
    if (!options->ipv4 && !options->ipv6) {
        return NULL;
    }
    switch (target->kind) {
    case TARGET_UNIX:
    case TARGET_UNIX_ABSTRACT:
        return options->ipv4 ? "a unix socket has no IPv4 address: leave out -4"
                             : "a unix socket has no IPv6 address: leave out -6";
    case TARGET_IPV4:
        return options->ipv4 ? NULL : "--host is an IPv4 address: leave out -6";
    case TARGET_IPV6:
        if (is_mapped_ipv4) {
            return options->ipv4 ? NULL : "--host stands for an IPv4 address: leave out -6";
        }
        return options->ipv6 ? NULL : "--host is an IPv6 address: leave out -4";
    case TARGET_NAME:
        break;
    }
    return NULL;
}

/* Completes the plan's channel for this target. Returns NULL, or what contradicts. */
static const char *complete_channel(struct client_options *options, const struct target *target)
{
    struct channel_plan *channel = &options->plan.channel;
    const char *wrong = check_family(options, target);
    channel->family = options->ipv4 ? ADDRESS_IPV4 : options->ipv6 ? ADDRESS_IPV6 : ADDRESS_ANY;
    channel->is_round_robin = options->load_balancing == ROUND_ROBIN;
    if (wrong == NULL && channel->is_round_robin && target->kind != TARGET_NAME) {
        wrong = "--load-balancing round_robin has no effect on one address: give a name as --host";
    }
    return wrong;
}

/* ---- The target ------------------------------------------------------------------------------ */

/* The port of --host, of --port, or the default; a unix socket has none. */
static enum options_result read_port(const struct client_options *options, struct target *target)
{
    if (target->kind == TARGET_UNIX || target->kind == TARGET_UNIX_ABSTRACT) {
        return options->port == 0
                   ? OPTIONS_GO_ON
                   : options_complain(table, "a unix socket has no port: leave out --port %u",
                                      (unsigned)options->port);
    }
    if (target->port != 0 && options->port != 0 && options->port != target->port) {
        return options_complain(table,
                                "the port is given twice, as %u in --host and as --port %u: leave "
                                "one out",
                                target->port, (unsigned)options->port);
    }
    if (target->port == 0) {
        target->port = options->port == 0 ? PORT_DEFAULT : (uint16_t)options->port;
    }
    return OPTIONS_GO_ON;
}

static enum options_result read_target(struct client_options *options)
{
    struct plan *plan = &options->plan;
    struct target target;
    const char *host = host_of(options);
    const char *wrong = target_parse(host, TARGET_TO_CONNECT, &target);
    if (wrong == NULL) {
        wrong = complete_channel(options, &target);
    }
    enum options_result result =
        wrong == NULL ? read_port(options, &target) : options_complain(table, "%s", wrong);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    plan->port = target.port;
    plan->target_kind = target.kind;
    target_describe(&target, plan->target);
    target_uri_write(&target, plan->target_uri);
    char problem[TLS_OPTION_PROBLEM_SIZE];
    return tls_option_complete(options, &target, problem) ? OPTIONS_GO_ON
                                                          : options_complain(table, "%s", problem);
}

static enum options_result read_headers(struct client_options *options)
{
    for (size_t i = 0; i < options->headers.count; i++) {
        if (!header_option_add(&options->plan.channel.headers, options->headers.items[i])) {
            return options_complain(table, "cannot keep --header: out of memory");
        }
    }
    const struct channel_plan *channel = &options->plan.channel;
    const size_t size = header_option_size(&channel->headers) +
                        (channel->authority == NULL ? 0 : strlen(channel->authority)) +
                        (channel->user_agent == NULL ? 0 : strlen(channel->user_agent));
    return size <= HEADER_OPTION_SIZE_MAX
               ? OPTIONS_GO_ON
               : options_complain(table,
                                  "the headers of a call would have %zu bytes; a server takes %d "
                                  "beside gRPC's own: shorten --header, --authority or "
                                  "--user-agent",
                                  size, HEADER_OPTION_SIZE_MAX);
}

enum options_result channel_option_read(struct client_options *options)
{
    enum options_result result = read_target(options);
    return result == OPTIONS_GO_ON ? read_headers(options) : result;
}

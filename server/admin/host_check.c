#include "server/admin/host_check.h"

#include "shared/base/target.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The header's host: without brackets, port and final dot. False: it is no host. */
static bool read_host(const char *header, struct target *ret_target)
{
    char text[TARGET_TEXT_SIZE];
    const int length = snprintf(text, sizeof text, "%s", header);
    /* In a header an IPv6 address has brackets; and no scheme of ours may stand there. */
    const char *colon = strchr(text, ':');
    const bool has_brackets = text[0] == '[';
    if (length < 0 || (size_t)length >= sizeof text ||
        (!has_brackets && colon != NULL && colon[1 + strspn(colon + 1, "0123456789")] != '\0')) {
        return false;
    }
    if (!has_brackets && colon != NULL) {
        text[colon - text] = '\0'; /* a port; an empty one too */
    }
    if (target_parse(text, TARGET_TO_CONNECT, ret_target) != NULL) {
        return false;
    }
    const size_t used = strlen(ret_target->host);
    if (used > 1 && ret_target->host[used - 1] == '.') {
        ret_target->host[used - 1] = '\0';
    }
    return ret_target->kind == TARGET_NAME || ret_target->kind == TARGET_IPV4 ||
           ret_target->kind == TARGET_IPV6;
}

static bool is_wildcard(const char *host)
{
    struct in6_addr ipv6;
    static const struct in6_addr any = IN6ADDR_ANY_INIT;
    return strcmp(host, "0.0.0.0") == 0 ||
           (inet_pton(AF_INET6, host, &ipv6) == 1 && memcmp(&ipv6, &any, sizeof any) == 0);
}

static bool is_loopback(const struct target *host)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (inet_pton(AF_INET, host->host, &ipv4) == 1) {
        return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    return (inet_pton(AF_INET6, host->host, &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6)) ||
           strcasecmp(host->host, "localhost") == 0;
}

/* Addresses may be written in several ways: 2001:DB8::1, 2001:db8:0::1. */
static bool is_same(const struct target *host, const char *name)
{
    struct in6_addr ours;
    struct in6_addr theirs;
    if (inet_pton(AF_INET6, host->host, &theirs) == 1 && inet_pton(AF_INET6, name, &ours) == 1) {
        return memcmp(&ours, &theirs, sizeof ours) == 0;
    }
    size_t length = strlen(name);
    length -= length > 1 && name[length - 1] == '.';
    return strlen(host->host) == length && strncasecmp(host->host, name, length) == 0;
}

bool host_check_admits(const struct host_check *check, const char *header)
{
    struct target host;
    if (!read_host(header, &host)) {
        return false;
    }
    /* Listening on all addresses, each address is ours; a page that was rebound has a name. */
    if (is_loopback(&host) || is_same(&host, check->listened) ||
        (host.kind != TARGET_NAME && is_wildcard(check->listened))) {
        return true;
    }
    for (size_t i = 0; i < check->name_count; i++) {
        struct target name;
        if (target_parse(check->names[i], TARGET_TO_LISTEN, &name) == NULL &&
            is_same(&host, name.host)) {
            return true;
        }
    }
    return false;
}

const char *host_check_name(const char *text)
{
    struct target target;
    if (target_parse(text, TARGET_TO_LISTEN, &target) != NULL || target.kind == TARGET_UNIX ||
        target.kind == TARGET_UNIX_ABSTRACT) {
        return "expected a host name or an address, without a port";
    }
    return NULL;
}

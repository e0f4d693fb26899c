#include "shared/base/target.h"

#include "shared/base/number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum {
    NAME_MAX_LENGTH = 253, /* without the dot at its end */
    LABEL_MAX_LENGTH = 63,
    PATH_SIZE = sizeof((struct sockaddr_un *)NULL)->sun_path
};

static const char wrong_ipv6[] =
    "expected an IPv6 address between the brackets, such as [2001:db8::1]";
static const char wrong_port[] = "expected a port from 1 to 65535 after the colon";
static const char unwanted_port[] =
    "expected an address without a port: the port is given by --port";

/* ---- Hosts ----------------------------------------------------------------------------------- */

/* Whether it is an interface's name or number, as it stands behind the % of an address. */
static bool is_scope(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)text[i]) || strchr("/:%[]", text[i]) != NULL) {
            return false;
        }
    }
    return length > 0 && length < IF_NAMESIZE;
}

static bool is_ipv6(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    size_t length = strcspn(text, "%");
    if (length >= sizeof address || (text[length] == '%' && !is_scope(text + length + 1))) {
        return false;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

static bool is_label(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool is_alphanumeric = (text[i] >= '0' && text[i] <= '9') ||
                               (text[i] >= 'a' && text[i] <= 'z') ||
                               (text[i] >= 'A' && text[i] <= 'Z');
        bool is_hyphen = text[i] == '-' && i > 0 && i + 1 < length;
        if (!is_alphanumeric && !is_hyphen && text[i] != '_') {
            return false;
        }
    }
    return length > 0;
}

/* Whether inet_aton takes the label for a number: 127, 0177 or 0x7f. */
static bool is_number(const char *text, size_t length)
{
    bool is_hex = length >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    for (size_t i = is_hex ? 2 : 0; i < length; i++) {
        if (is_hex ? !isxdigit((unsigned char)text[i]) : !isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

static const char *check_name(const char *text)
{
    size_t length = strlen(text);
    const char *end = text + length - (text[length - 1] == '.' ? 1 : 0);
    if (end - text > NAME_MAX_LENGTH) {
        return "expected a host name of at most 253 characters";
    }
    for (const char *label = text;; label++) {
        size_t label_length = strcspn(label, ".");
        if (label_length > LABEL_MAX_LENGTH) {
            return "expected at most 63 characters between two dots of a host name";
        }
        if (!is_label(label, label_length)) {
            return "expected a host name of letters, digits, '-', '_' and single dots (an "
                   "international one as xn--...), or an address";
        }
        if (label + label_length >= end) {
            return is_number(label, label_length)
                       ? "expected four numbers from 0 to 255, as 127.0.0.1, or a host name that "
                         "does not end in a number"
                       : NULL;
        }
        label += label_length;
    }
}

/* Reads what stands before the port; in brackets stands an IPv6 address. */
static const char *set_host(struct target *target, const char *text, size_t length, bool brackets)
{
    struct in_addr ipv4;
    if (length == 0 && !brackets) {
        return "expected a host before the colon";
    }
    if (length >= sizeof target->host) {
        return "expected a host name of at most 253 characters";
    }
    memcpy(target->host, text, length);
    target->host[length] = '\0';
    if (brackets || memchr(text, ':', length) != NULL) {
        target->kind = TARGET_IPV6;
        return is_ipv6(target->host) ? NULL : wrong_ipv6;
    }
    if (inet_pton(AF_INET, target->host, &ipv4) == 1) {
        target->kind = TARGET_IPV4;
        return NULL;
    }
    target->kind = TARGET_NAME;
    return check_name(target->host);
}

static const char *set_port(struct target *target, const char *text, enum target_use use)
{
    uint64_t port;
    if (use == TARGET_TO_LISTEN) {
        return unwanted_port;
    }
    if (number_parse(text, strlen(text), TARGET_PORT_MAX, &port) != NUMBER_OK || port == 0) {
        return wrong_port;
    }
    target->port = (uint16_t)port;
    return NULL;
}

/* A host or an address, and perhaps a port. */
static const char *parse_host_port(const char *text, enum target_use use, struct target *target)
{
    if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
            return use == TARGET_TO_LISTEN ? "expected [ADDRESS]"
                                           : "expected [ADDRESS] or "
                                             "[ADDRESS]:PORT";
        }
        const char *wrong = set_host(target, text + 1, (size_t)(end - text - 1), true);
        return wrong != NULL || end[1] == '\0' ? wrong : set_port(target, end + 2, use);
    }
    const char *colon = strchr(text, ':');
    bool has_port = colon != NULL && strchr(colon + 1, ':') == NULL;
    if (colon != NULL && !has_port && !is_ipv6(text)) {
        return use == TARGET_TO_LISTEN
                   ? "expected an IPv6 address, or a host or IPv4 address without colons"
                   : "expected an IPv6 address, [IPV6]:PORT, or HOST:PORT with one colon";
    }
    if (has_port && use == TARGET_TO_LISTEN) {
        return unwanted_port;
    }
    size_t length = has_port ? (size_t)(colon - text) : strlen(text);
    const char *wrong = set_host(target, text, length, false);
    return wrong != NULL || !has_port ? wrong : set_port(target, colon + 1, use);
}

/* ---- Schemes --------------------------------------------------------------------------------- */

static const char *parse_name(const char *text, enum target_use use, struct target *target)
{
    if (strncmp(text, "//", 2) == 0) {
        if (text[2] != '/') {
            return "expected dns:///HOST: the system's resolver is asked, and no other server";
        }
        text += strlen("///");
    }
    return text[0] == '\0' ? "expected a host after dns:" : parse_host_port(text, use, target);
}

static const char *parse_ipv4(const char *text, enum target_use use, struct target *target)
{
    const char *wrong = parse_host_port(text, use, target);
    bool is_other = wrong == NULL && target->kind != TARGET_IPV4;
    return text[0] == '\0' || is_other ? "expected an IPv4 address after ipv4:" : wrong;
}

static const char *parse_ipv6(const char *text, enum target_use use, struct target *target)
{
    const char *wrong = parse_host_port(text, use, target);
    bool is_other = wrong == NULL && target->kind != TARGET_IPV6;
    return text[0] == '\0' || is_other ? "expected an IPv6 address after ipv6:" : wrong;
}

static const char *set_path(struct target *target, enum target_kind kind, const char *path)
{
    size_t length = strlen(path);
    if (length == 0) {
        return kind == TARGET_UNIX ? "expected a path after unix:"
                                   : "expected a name after unix-abstract:";
    }
    if (length >= PATH_SIZE) {
        return "expected at most 107 bytes: the address of a unix socket has no room for more";
    }
    target->kind = kind;
    memcpy(target->host, path, length + 1);
    return NULL;
}

static const char *parse_unix(const char *text, enum target_use use, struct target *target)
{
    (void)use;
    if (strncmp(text, "//", 2) == 0) {
        if (text[2] != '/') {
            return "expected unix:PATH or unix:///PATH";
        }
        text += strlen("//");
    }
    return set_path(target, TARGET_UNIX, text);
}

static const char *parse_unix_abstract(const char *text, enum target_use use, struct target *target)
{
    return use == TARGET_TO_LISTEN ? "expected unix:PATH: abstract sockets are only connected to"
                                   : set_path(target, TARGET_UNIX_ABSTRACT, text);
}

static const struct {
    const char *prefix;
    const char *(*parse)(const char *text, enum target_use use, struct target *target);
} schemes[] = {{"unix:", parse_unix},
               {"unix-abstract:", parse_unix_abstract},
               {"dns:", parse_name},
               {"ipv4:", parse_ipv4},
               {"ipv6:", parse_ipv6}};

/* A blank may stand in a path, but in no host. */
static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if (iscntrl((unsigned char)*text)) {
            return true;
        }
    }
    return false;
}

static const char *parse(const char *text, enum target_use use, struct target *target)
{
    if (text[0] == '\0') {
        return "expected a host";
    }
    if (has_control(text)) {
        return "expected no control characters";
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i].prefix);
        if (strncmp(text, schemes[i].prefix, length) == 0) {
            return schemes[i].parse(text + length, use, target);
        }
    }
    if (strstr(text, "://") != NULL) {
        return use == TARGET_TO_LISTEN ? "expected an address or a host, not a URL"
                                       : "expected HOST or HOST:PORT, not a URL";
    }
    return parse_host_port(text, use, target);
}

const char *target_parse(const char *text, enum target_use use, struct target *ret_target)
{
    struct target target = {.kind = TARGET_NAME};
    const char *wrong = parse(text, use, &target);
    if (wrong == NULL) {
        *ret_target = target;
    }
    return wrong;
}

void target_describe(const struct target *target, char text[static TARGET_TEXT_SIZE])
{
    const char *host = target->host;
    switch (target->kind) {
    case TARGET_UNIX:
        (void)snprintf(text, TARGET_TEXT_SIZE, "unix:%s", host);
        return;
    case TARGET_UNIX_ABSTRACT:
        (void)snprintf(text, TARGET_TEXT_SIZE, "unix-abstract:%s", host);
        return;
    case TARGET_NAME:
    case TARGET_IPV4:
    case TARGET_IPV6:
        break;
    }
    if (target->port == 0) {
        (void)snprintf(text, TARGET_TEXT_SIZE, "%s", host);
    } else {
        (void)snprintf(text, TARGET_TEXT_SIZE, target->kind == TARGET_IPV6 ? "[%s]:%u" : "%s:%u",
                       host, target->port);
    }
}

const char *target_check_scope(const struct target *target)
{
    struct in6_addr address;
    char text[TARGET_HOST_SIZE];
    char name[IF_NAMESIZE];
    uint64_t number = 0;
    if (target->kind != TARGET_IPV6) {
        return NULL;
    }
    size_t length = strcspn(target->host, "%");
    memcpy(text, target->host, length);
    text[length] = '\0';
    if (target->host[length] == '\0') {
        bool is_local = inet_pton(AF_INET6, text, &address) == 1 && IN6_IS_ADDR_LINKLOCAL(&address);
        return is_local ? "expected its interface behind a link-local address, as in fe80::1%eth0"
                        : NULL;
    }
    const char *scope = target->host + length + 1;
    bool is_number = number_parse(scope, strlen(scope), UINT32_MAX, &number) == NUMBER_OK;
    bool exists =
        is_number ? if_indextoname((unsigned)number, name) != NULL : if_nametoindex(scope) != 0;
    return exists ? NULL : "expected an interface of this machine after the %, as in fe80::1%eth0";
}

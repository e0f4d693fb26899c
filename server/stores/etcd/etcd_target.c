#include "server/stores/etcd/etcd_target.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char prefix_default[] = "comms";

static bool is_of_prefix(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._/", c) != NULL);
}

static const char *parse_prefix(const char *text, struct etcd_target *target)
{
    if (*text == '\0') {
        text = prefix_default;
    }
    const size_t length = strlen(text);
    if (length >= ETCD_PREFIX_SIZE) {
        return "expected a prefix of at most 128 characters";
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_of_prefix(text[i])) {
            return "expected a prefix of letters, digits, '-', '_', '.' and '/'";
        }
    }
    if (length == 0 || text[0] == '/' || text[length - 1] == '/' || strstr(text, "//") != NULL) {
        return "expected a prefix without empty parts, such as comms/production";
    }
    memcpy(target->prefix, text, length + 1);
    return NULL;
}

static bool is_same(const struct target *one, const struct target *other)
{
    return one->kind == other->kind && one->port == other->port &&
           strcmp(one->host, other->host) == 0;
}

static const char *parse_member(const char *text, size_t length, struct etcd_target *target)
{
    char copy[TARGET_TEXT_SIZE];
    if (length == 0) {
        return "expected HOST:PORT,HOST:PORT/PREFIX, without an empty member";
    }
    if (length >= sizeof copy) {
        return "expected a host name of at most 253 characters";
    }
    if (target->member_count == ETCD_MEMBERS_MAX) {
        return "expected at most 15 members";
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    struct target *member = &target->members[target->member_count];
    const char *wrong = target_parse(copy, TARGET_TO_CONNECT, member);
    if (wrong != NULL) {
        return wrong;
    }
    if (member->kind == TARGET_UNIX || member->kind == TARGET_UNIX_ABSTRACT) {
        return "expected HOST:PORT: etcd is spoken to over TCP";
    }
    member->port = member->port == 0 ? ETCD_PORT_DEFAULT : member->port;
    for (size_t i = 0; i < target->member_count; i++) {
        if (is_same(&target->members[i], member)) {
            return "expected each member once";
        }
    }
    target->member_count++;
    return NULL;
}

const char *etcd_target_parse(const char *text, struct etcd_target *ret_target)
{
    struct etcd_target target = {.member_count = 0};
    const size_t end = strcspn(text, "/");
    if (memchr(text, '@', end) != NULL) {
        return "expected no user in it, which every user of this machine could read: write "
               "--store-user and --store-password-file";
    }
    const char *member = text;
    const char *wrong = NULL;
    for (;;) {
        const size_t length = strcspn(member, ",/");
        wrong = parse_member(member, length, &target);
        if (wrong != NULL || member[length] != ',') {
            break;
        }
        member += length + 1;
    }
    if (wrong == NULL) {
        wrong = parse_prefix(text + end + (text[end] == '/' ? 1 : 0), &target);
    }
    if (wrong == NULL) {
        *ret_target = target;
    }
    return wrong;
}

/* A link-local address has its interface behind a %, which a URI has as %25. */
void etcd_target_uri(const struct target *member, char uri[static ETCD_MEMBER_SIZE])
{
    char address[TARGET_TEXT_SIZE];
    target_describe(member, address);
    const size_t scope = strcspn(address, "%");
    (void)snprintf(uri, ETCD_MEMBER_SIZE, "%s%.*s%s%s",
                   member->kind == TARGET_IPV4   ? "ipv4:"
                   : member->kind == TARGET_IPV6 ? "ipv6:"
                                                 : "dns:///",
                   (int)scope, address, address[scope] == '%' ? "%25" : "",
                   address[scope] == '%' ? address + scope + 1 : "");
}

#include "client/grpc/target_uri.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether the byte stands for itself. A slash does not: two at the beginning of a path would begin
 * an authority. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~:[]", c) != NULL;
}

void target_uri_write(const struct target *target, char uri[static TARGET_URI_SIZE])
{
    static const char *const schemes[] = {[TARGET_NAME] = "dns:///",
                                          [TARGET_IPV4] = "ipv4:",
                                          [TARGET_IPV6] = "ipv6:",
                                          [TARGET_UNIX] = "unix:",
                                          [TARGET_UNIX_ABSTRACT] = "unix-abstract:"};
    static const char digits[] = "0123456789ABCDEF";
    bool is_unix = target->kind == TARGET_UNIX || target->kind == TARGET_UNIX_ABSTRACT;
    char host_port[TARGET_TEXT_SIZE];
    target_describe(target, host_port);
    size_t at = (size_t)snprintf(uri, TARGET_URI_SIZE, "%s", schemes[target->kind]);
    for (const char *from = is_unix ? target->host : host_port; *from != '\0'; from++) {
        if (is_plain(*from)) {
            uri[at++] = *from;
        } else {
            uri[at++] = '%';
            uri[at++] = digits[(unsigned char)*from >> 4];
            uri[at++] = digits[(unsigned char)*from & 15];
        }
    }
    uri[at] = '\0';
}

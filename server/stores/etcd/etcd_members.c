#include "server/stores/etcd/etcd_members.h"

#include "etcd.pb-c.h"
#include "server/stores/etcd/etcd_channel.h"
#include "shared/base/log.h"

/* A leader that was stopped or cut off calls itself leader for a while. */
#define MISTRUST (3 * NS_PER_S)

/* From one line about a member that does not answer to the next. */
#define LOG_PAUSE (60 * NS_PER_S)

static grpc_channel *create_channel(const struct etcd_members *members, size_t member)
{
    const struct etcd_secrets *secrets = members->secrets;
    return etcd_channel_create(&members->target->members[member],
                               secrets->has_tls ? &secrets->tls : NULL);
}

bool etcd_members_init(struct etcd_members *members, const struct etcd_target *target,
                       struct etcd_secrets *secrets)
{
    *members = (struct etcd_members){.target = target, .secrets = secrets};
    for (size_t i = 0; i < target->member_count; i++) {
        members->channels[i] = create_channel(members, i);
        if (members->channels[i] == NULL) {
            return false;
        }
        members->count++;
    }
    return true;
}

void etcd_members_cleanup(struct etcd_members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        grpc_channel_destroy(members->channels[i]);
    }
    members->count = 0;
}

static void log_member(const struct etcd_members *members, enum log_level level, const char *event,
                       size_t member, const char *reason)
{
    char text[TARGET_TEXT_SIZE];
    target_describe(&members->target->members[member], text);
    log_event(level, event, log_address("member", text), log_text("reason", reason));
}

static void call_from_now_on(struct etcd_members *members, size_t member, const char *reason)
{
    members->current = member;
    log_member(members, LOG_LEVEL_DEBUG, "store member", member, reason);
}

void etcd_members_failed(struct etcd_members *members, size_t member, int64_t now,
                         const char *reason)
{
    members->failed_at[member] = now;
    members->has_failed = true;
    if (members->logged_at[member] == 0 || now >= members->logged_at[member] + LOG_PAUSE) {
        members->logged_at[member] = now;
        log_member(members, LOG_LEVEL_WARN, "store member away", member, reason);
    }
    if (member == members->current && members->count > 1) {
        call_from_now_on(members, (member + 1) % members->count, reason);
    }
}

unsigned etcd_members_renew(struct etcd_members *members, int64_t now)
{
    if (!members->has_failed) {
        return 0;
    }
    const unsigned changes = etcd_secrets_look(members->secrets, now);
    for (size_t i = 0; changes & ETCD_SECRETS_TLS && i < members->count; i++) {
        grpc_channel *channel = create_channel(members, i);
        if (channel != NULL) {
            grpc_channel_destroy(members->channels[i]);
            members->channels[i] = channel;
        }
    }
    return changes;
}

void etcd_members_told(struct etcd_members *members, size_t member, const uint8_t *bytes,
                       size_t length, int64_t now)
{
    Etcd__StatusResponse *status = etcd__status_response__unpack(NULL, length, bytes);
    if (status == NULL) {
        return;
    }
    const bool leads = status->header != NULL && status->leader != 0 &&
                       status->leader == status->header->member_id;
    const bool has_failed =
        members->failed_at[member] != 0 && now < members->failed_at[member] + MISTRUST;
    etcd__status_response__free_unpacked(status, NULL);
    if (leads && !has_failed && member != members->current) {
        call_from_now_on(members, member, "it leads");
    }
}

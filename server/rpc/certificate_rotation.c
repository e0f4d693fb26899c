#include "server/rpc/certificate_rotation.h"

#include "shared/base/log.h"

/* How often the files are looked at, at most. */
#define LOOK_INTERVAL_NS NS_PER_S

static void log_flaw(const char *file, const char *flaw)
{
    log_event(LOG_LEVEL_WARN, "certificate with a flaw", log_word("file", file),
              log_text("flaw", flaw));
}

/* Logs what is served from now on. */
static void log_served(const struct certificate_rotation *rotation)
{
    char name[CERTIFICATE_NAME_SIZE];
    certificate_set_name(&rotation->served, name);
    log_event(LOG_LEVEL_NOTICE, "certificate served", log_text("subject", name),
              log_word("file", rotation->paths.certificate));
    certificate_set_find_flaws(&rotation->served, &rotation->paths, log_flaw);
}

bool certificate_rotation_init(struct certificate_rotation *rotation,
                               const struct certificate_paths *paths, const struct clock *clock,
                               char reason[static CERTIFICATE_REASON_SIZE])
{
    struct certificate_set set;
    if (!certificate_set_read(&set, paths, reason)) {
        return false;
    }
    if (!certificate_set_check(&set, paths, reason)) {
        certificate_set_cleanup(&set);
        return false;
    }
    *rotation = (struct certificate_rotation){
        .paths = *paths, .clock = clock, .served = set, .looked_at = clock->now(clock)};
    log_served(rotation);
    return true;
}

/* One line, until the files are right again. */
static void complain(struct certificate_rotation *rotation, const char *reason)
{
    if (!rotation->is_complaining) {
        rotation->is_complaining = true;
        log_event(LOG_LEVEL_WARN, "certificate kept", log_text("reason", reason),
                  log_text("effect", "the certificate from before serves on"));
    }
}

static void look(struct certificate_rotation *rotation)
{
    char reason[CERTIFICATE_REASON_SIZE];
    struct certificate_set found;
    if (!certificate_set_read(&found, &rotation->paths, reason)) {
        complain(rotation, reason);
        return;
    }
    const bool is_new = !certificate_set_equal(&found, &rotation->served);
    if (is_new && !certificate_set_check(&found, &rotation->paths, reason)) {
        complain(rotation, reason);
        certificate_set_cleanup(&found);
        return;
    }
    if (is_new) {
        certificate_set_cleanup(&rotation->served);
        rotation->served = found;
        rotation->is_taken = false;
    } else {
        certificate_set_cleanup(&found);
    }
    if (is_new || rotation->is_complaining) {
        rotation->is_complaining = false;
        log_served(rotation);
    }
}

const struct certificate_set *certificate_rotation_take(struct certificate_rotation *rotation)
{
    int64_t now = rotation->clock->now(rotation->clock);
    if (now - rotation->looked_at >= LOOK_INTERVAL_NS) {
        rotation->looked_at = now;
        look(rotation);
    }
    if (rotation->is_taken) {
        return NULL;
    }
    rotation->is_taken = true;
    return &rotation->served;
}

void certificate_rotation_cleanup(struct certificate_rotation *rotation)
{
    certificate_set_cleanup(&rotation->served);
}

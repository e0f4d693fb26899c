#include "test/kit/serving.h"

#include <stdio.h>

struct scripted_server *scripted_server;
struct lying_server *lying_server;

static char target[128]; /* outlives the server, as a channel needs it */

const char *serve_scripts(const struct script *scripts, size_t count, size_t again_from)
{
    scripted_server = scripted_server_start(scripts, count, again_from);
    snprintf(target, sizeof target, "%s", scripted_server_target(scripted_server));
    return target;
}

const char *serve_lies(enum mode mode, int64_t interval_ns, unsigned every,
                       const struct lie_settings *lie)
{
    const struct lying_server_settings settings = {
        .mode = mode, .interval_ns = interval_ns, .every = every, .lie = *lie};
    lying_server = lying_server_start(&settings);
    snprintf(target, sizeof target, "127.0.0.1:%u", lying_server_port(lying_server));
    return target;
}

const char *serve_truth(enum mode mode, int64_t interval_ns)
{
    const struct lie_settings never = {.lie = LIE_DROP, .at = UINT32_MAX};
    return serve_lies(mode, interval_ns, 1, &never);
}

void stop_serving(void)
{
    if (lying_server != NULL) {
        lying_server_stop(lying_server);
        lying_server = NULL;
    }
    if (scripted_server != NULL) {
        scripted_server_stop(scripted_server);
        scripted_server = NULL;
    }
}

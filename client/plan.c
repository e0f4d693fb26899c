#include "client/plan.h"

#include "shared/protocol/sequence.h"

#include <stdlib.h>

const char *const client_mode_names[] = {[CLIENT_STATELESS] = "stateless",
                                         [CLIENT_STATEFUL] = "stateful",
                                         [CLIENT_STATEFUL_TEST] = "stateful-test",
                                         [CLIENT_STATEFUL_TEST_RECONNECT] =
                                             "stateful-test-reconnect",
                                         NULL};

const char *client_mode_name(enum client_mode mode)
{
    return client_mode_names[mode];
}

void plan_cleanup(struct plan *plan)
{
    struct header_list *headers = &plan->channel.headers;
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->items[i].name);
        free(headers->items[i].value);
    }
    free(headers->items);
    *headers = (struct header_list){.count = 0};
    free(plan->fail_on.items);
    plan->fail_on = (struct fail_on_list){.count = 0};
    certificate_set_cleanup(&plan->tls.files);
}

bool plan_has_one_session(const struct plan *plan)
{
    return plan->streams == 1 && plan->duration_ns == 0;
}

bool plan_prints_numbers(const struct plan *plan)
{
    return plan_has_one_session(plan) && plan->json_stream_file == NULL;
}

const char *plan_tls_words(const struct plan *plan)
{
    return plan->tls.skips_verification ? "without verification" : "with verification";
}

bool plan_warms_up_only(const struct plan *plan)
{
    int64_t warmup_ns = plan->warmup_ns - plan->ramp_ns; /* for the stream that starts last */
    if (plan->warmup_ns == 0) {
        return false;
    }
    if (plan->duration_ns > 0) {
        /* Without N and without a ramp, all sessions end with the last number that fits. */
        bool ends_together = plan->n_fits && plan->ramp_ns == 0 && plan->interval_ns > 0;
        return plan->warmup_ns >= plan->duration_ns ||
               (ends_together &&
                plan->warmup_ns > plan->duration_ns / plan->interval_ns * plan->interval_ns);
    }
    /* The last number is due n-1 intervals after the first. */
    return plan->interval_ns > 0 && warmup_ns > 0 &&
           plan->n - 1 <= (warmup_ns - 1) / plan->interval_ns;
}

uint32_t plan_n_within(int64_t interval_ns, int64_t time_ns)
{
    if (interval_ns == 0) {
        return SEQUENCE_N_DEFAULT_MAX;
    }
    int64_t n = time_ns / interval_ns + 1; /* the first number comes at once */
    return n < 1 ? 1 : n > SEQUENCE_N_DEFAULT_MAX ? SEQUENCE_N_DEFAULT_MAX : (uint32_t)n;
}

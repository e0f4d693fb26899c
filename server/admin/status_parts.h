/* The parts of the status page: what is read for it, its state, figures, plots and facts. For one
 * thread. */
#ifndef COMMS_SERVER_ADMIN_STATUS_PARTS_H
#define COMMS_SERVER_ADMIN_STATUS_PARTS_H

#include "server/admin/process_figures.h"
#include "server/admin/sampler.h"
#include "server/admin/sources.h"
#include "server/sessions/oldest_sessions.h"
#include "shared/page/html.h"

#include <stdbool.h>
#include <stdint.h>

/* What the page shows, read once for all its parts. */
struct snapshot {
    const struct admin_sources *sources;
    struct sampler_view samples;
    struct sessions_counts sessions; /* in stateless mode all zeroes, as the next */
    struct oldest_sessions oldest;
    struct store_status store;
    struct process_figures process;
    uint64_t connections;
    bool is_serving[HEALTH_SUBJECTS];
};

/* Takes the locks of the sources and of the sampler, one after the other. */
void status_read(const struct admin_sources *sources, struct sampler *sampler,
                 struct snapshot *ret_snapshot);

/* The state in a word or two, static. */
const char *status_word(const struct snapshot *snapshot);

/* For how long the process has run. */
void status_put_uptime(struct html *html, const struct snapshot *snapshot);

void status_put_state(struct html *html, const struct snapshot *snapshot);
void status_put_figures(struct html *html, const struct snapshot *snapshot);
void status_put_plots(struct html *html, const struct snapshot *snapshot);
void status_put_facts(struct html *html, const struct snapshot *snapshot);

#endif

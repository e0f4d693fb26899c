#include "client/run/fleet_look.h"

#include "shared/base/clock.h"

#include <stdlib.h>

/* How long breaks are gathered, so that each does not get a line. */
#define TELL_NS   NS_PER_S
#define GATHER_NS (200 * NS_PER_MS) /* streams of one connection break one after the other */

int64_t fleet_now(const struct fleet *fleet)
{
    const struct clock *clock = fleet->settings.subscription.clock;
    return clock->now(clock);
}

/* If memory is missing for another sample, the last one is overwritten and so covers more time. */
static struct sample *next_sample(struct result *result)
{
    enum { ROOM = 64 };
    if (result->sample_count % ROOM == 0) {
        struct sample *more =
            realloc(result->samples, (result->sample_count + ROOM) * sizeof *result->samples);
        if (more == NULL) {
            return result->sample_count == 0 ? NULL : &result->samples[result->sample_count - 1];
        }
        result->samples = more;
    }
    return &result->samples[result->sample_count++];
}

/* The streams' average since the last look: the time of all of them, over the time that passed. */
static void follow_course(struct fleet *fleet, const struct loop_sample *part,
                          const struct loop_sample *before, struct course_point *point)
{
    int64_t since = before->at == 0 ? fleet->settings.began : before->at;
    double passed = (double)(part->at - since);
    if (passed > 0) {
        point->live += (part->live_ns - before->live_ns) / passed;
        point->waiting += (part->waiting_ns - before->waiting_ns) / passed;
    } else { /* this loop has ended */
        point->live += part->live;
        point->waiting += part->waiting;
    }
}

/* Asks all loops how they are. */
static struct sample ask_loops(struct fleet *fleet)
{
    struct sample sample = {.live = 0};
    struct course_point point = {.begin_ns = fleet->looked_at};
    unsigned live_lowest = 0;
    unsigned waiting_highest = 0;
    for (size_t i = 0; i < fleet->loop_count; i++) {
        loop_request_sample(&fleet->loops[i]);
    }
    for (size_t i = 0; i < fleet->loop_count; i++) {
        struct loop_sample part = loop_take_sample(&fleet->loops[i]);
        counts_add(&sample.counts, &part.counts);
        sample.live += part.live;
        sample.waiting += part.waiting;
        live_lowest += part.live_lowest;
        waiting_highest += part.waiting_highest;
        follow_course(fleet, &part, &fleet->seen[i], &point);
        break_notes_merge(&fleet->notes, &part.notes);
        fleet->seen[i] = part;
    }
    sample.counts.bytes = sample.counts.numbers * fleet->settings.plan->size;
    sample.at_ns = fleet_now(fleet) - fleet->settings.began;
    point.end_ns = sample.at_ns;
    course_add(&fleet->result->course, &point);
    fleet->looked_at = sample.at_ns;
    if (live_lowest < fleet->live_lowest) {
        fleet->live_lowest = live_lowest;
    }
    if (waiting_highest > fleet->waiting_highest) {
        fleet->waiting_highest = waiting_highest;
    }
    return sample;
}

/* Tells what the servers announced, and where they do not agree with the plan. */
static bool tell_news(struct fleet *fleet)
{
    const struct fleet_listener *listener = fleet->listener;
    struct announcement server;
    char text[SERVER_NOTICE_SIZE];
    bool good = true;
    if (listener->announced != NULL && server_news_take_first(&fleet->news, &server)) {
        good = listener->announced(listener->context, &server);
    }
    while (listener->noticed != NULL && server_news_take(&fleet->news, text)) {
        good = listener->noticed(listener->context, text) && good;
    }
    return good;
}

/* Tells why streams broke, once there is a second's worth of breaks, or at a report. */
static bool tell_breaks(struct fleet *fleet, bool is_report)
{
    const struct fleet_listener *listener = fleet->listener;
    if (listener->broken == NULL || fleet->notes.count == 0) {
        return true;
    }
    bool is_due = is_report || (fleet->looked_at - fleet->told_at >= TELL_NS &&
                                fleet->looked_at - fleet->notes.rows[0].at_ns >= GATHER_NS);
    if (!is_due) {
        return true;
    }
    const struct break_notes notes = fleet->notes;
    fleet->notes = (struct break_notes){.count = 0};
    fleet->told_at = fleet->looked_at;
    return listener->broken(listener->context, &notes);
}

void fleet_look_begin(struct fleet *fleet)
{
    fleet->live_lowest = fleet->settings.plan->streams;
    fleet->waiting_highest = 0;
}

bool fleet_look_and_report(struct fleet *fleet)
{
    struct result *result = fleet->result;
    struct sample sample = ask_loops(fleet);
    sample.live_lowest = fleet->live_lowest;
    sample.waiting_highest = fleet->waiting_highest;
    fleet_look_begin(fleet);
    bool good = tell_news(fleet);
    good = tell_breaks(fleet, true) && good;
    struct sample *place = next_sample(result);
    if (place == NULL) {
        return good;
    }
    const struct sample *previous = place == result->samples ? NULL : place - 1;
    sample.length_ns = sample.at_ns - (previous == NULL ? 0 : previous->at_ns);
    *place = sample;
    return fleet->listener->interval(fleet->listener->context, place, previous) && good;
}

bool fleet_look(struct fleet *fleet)
{
    (void)ask_loops(fleet);
    bool good = tell_news(fleet);
    return tell_breaks(fleet, false) && good;
}

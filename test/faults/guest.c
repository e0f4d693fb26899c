#include "test/faults/guest.h"

#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/kit/core_server.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)

enum { ANSWERS = 2 }; /* to CONTINUE: the position, and the checksum up to it */

static grpc_completion_queue *queue;

void guests_set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    queue = grpc_completion_queue_create_for_next(NULL);
}

void guests_tear_down(void)
{
    core_queue_destroy(queue);
    grpc_teardown();
}

int64_t guests_now(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

void guest_set_session(struct guest *guest, const struct uuid *uuid, uint32_t n)
{
    guest->uuid = *uuid;
    uuid_format(uuid, guest->uuid_text);
    sequence_init(&guest->sequence, uuid, n);
}

void guests_init(struct guest *guests, size_t count, uint16_t port, uint32_t n)
{
    for (size_t i = 0; i < count; i++) {
        const struct uuid uuid = uuid_random();
        guests[i] = (struct guest){.is_reading = true};
        guest_set_session(&guests[i], &uuid, n);
        call_init(&guests[i].call, &guests[i]);
        snprintf(guests[i].target, sizeof guests[i].target, "127.0.0.1:%u", port);
        guests[i].route =
            (struct channel_route){.target = guests[i].target, .connect_timeout_ns = PATIENCE_NS};
        ck_assert(channel_init(&guests[i].channel, &guests[i].route, (unsigned)i + 1));
    }
}

void guests_share(struct guest *guests, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        guest_set_session(&guests[i], &guests[0].uuid, guests[0].sequence.n);
    }
}

/* ---- What comes ------------------------------------------------------------------------------ */

_Noreturn static void give_up(const struct guest *guest, const char *what, uint64_t got)
{
    ck_abort_msg("%s: session %s of %" PRIu32 ", position %" PRIu32 ", got %" PRIu64, what,
                 guest->uuid_text, guest->sequence.n, guest->sequence.position, got);
    abort();
}

/* The answers to CONTINUE repeat what the guest knows. */
static void take_answer(struct guest *guest, uint64_t number)
{
    const struct sequence *sequence = &guest->sequence;
    uint32_t expected =
        guest->answers_due == ANSWERS ? sequence->position : sequence_checksum(sequence);
    if (number != expected) {
        give_up(guest, guest->answers_due == ANSWERS ? "wrong position" : "wrong checksum", number);
    }
    guest->answers_due--;
}

static void take_reply(struct guest *guest, const struct reply *reply)
{
    if (reply->is_error) {
        memcpy(guest->text, reply->error, sizeof guest->text);
        return;
    }
    guest->was_answered = true;
    if (guest->answers_due > 0) {
        take_answer(guest, reply->number);
        return;
    }
    if (sequence_is_finished(&guest->sequence)) {
        give_up(guest, "a message after the last one", reply->number);
    }
    if (sequence_peek(&guest->sequence) != reply->number) {
        give_up(guest, "wrong message", reply->number);
    }
    guest->last = sequence_next(&guest->sequence);
}

static void take_event(struct guest *guest, const grpc_event *event)
{
    struct reply reply;
    struct padding_fault fault;
    enum call_progress progress = call_take(&guest->call, event, &reply, &fault);
    ck_assert_int_ne(progress, CALL_MALFORMED);
    if (progress == CALL_REPLY) {
        take_reply(guest, &reply);
    }
    if (call_is_over(&guest->call)) {
        guest->is_over = true;
        guest->status = call_status(&guest->call);
        guest->over_at = guests_now();
        if (guest->text[0] == '\0') { /* a status without a reply has the text itself */
            call_status_details(&guest->call, guest->text, sizeof guest->text);
        }
        call_close(&guest->call);
    }
}

bool guests_take(int64_t until)
{
    int64_t left = until - guests_now();
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                         gpr_time_from_nanos(left > 0 ? left : 0, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(queue, deadline, NULL);
    if (event.type != GRPC_OP_COMPLETE) {
        return false;
    }
    struct call *call = call_of_event(&event);
    struct guest *guest = call->owner;
    if (!guest->is_reading && event.tag == &call->receive) {
        guest->has_held = true;
        guest->held = event;
        return true;
    }
    take_event(guest, &event);
    return true;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void open_call(struct guest *guest, const struct request *request)
{
    ck_assert(!call_is_open(&guest->call));
    guest->is_over = false;
    guest->was_answered = false;
    guest->text[0] = '\0';
    call_open(&guest->call, &guest->channel, queue, request);
}

void guest_start(struct guest *guest, uint32_t attempt)
{
    struct request request = {.attempt = attempt};
    sequence_init(&guest->sequence, &guest->uuid, guest->sequence.n);
    guest->answers_due = 0;
    request.length = (size_t)snprintf(request.text, sizeof request.text, "START %s %" PRIu32,
                                      guest->uuid_text, guest->sequence.n);
    open_call(guest, &request);
}

void guest_continue(struct guest *guest, const struct guest *from, uint32_t attempt)
{
    struct request request = {
        .has_position = true, .position = from->sequence.position, .attempt = attempt};
    guest->last = from->last;
    guest->sequence = from->sequence;
    guest->answers_due = ANSWERS;
    request.length = (size_t)snprintf(request.text, sizeof request.text, "CONTINUE %s %" PRIu32,
                                      guest->uuid_text, guest->last);
    open_call(guest, &request);
}

bool guest_is_live(const struct guest *guest)
{
    return call_is_open(&guest->call);
}

void guest_stop_reading(struct guest *guest)
{
    guest->is_reading = false;
}

void guest_read_on(struct guest *guest)
{
    guest->is_reading = true;
    if (guest->has_held) {
        guest->has_held = false;
        take_event(guest, &guest->held);
    }
}

void guest_await_position(struct guest *guest, uint32_t position)
{
    const int64_t until = guests_now() + PATIENCE_NS;
    while (guest->sequence.position < position || guest->answers_due > 0) {
        ck_assert_msg(!guest->is_over, "it ended: %s, %s", status_name(guest->status), guest->text);
        ck_assert_msg(guests_take(until), "no message after %" PRIu32, guest->sequence.position);
    }
}

enum status guest_await_end(struct guest *guest)
{
    const int64_t until = guests_now() + PATIENCE_NS;
    while (guest_is_live(guest)) {
        ck_assert_msg(guests_take(until), "the call does not end");
    }
    return guest->status;
}

void guest_hang_up(struct guest *guest)
{
    call_cancel(&guest->call);
    guest_read_on(guest);
    (void)guest_await_end(guest);
}

void guests_cleanup(struct guest *guests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (guest_is_live(&guests[i])) {
            guest_hang_up(&guests[i]);
        }
        channel_cleanup(&guests[i].channel);
    }
}

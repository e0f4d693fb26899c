#include "client/subscription.h"

#include "shared/text.h"
#include "shared/wire.h"

#include <grpc/byte_buffer.h>
#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How long the server may take to answer END. */
#define GOODBYE_NS NS_PER_S

static int64_t now_of(const struct subscription *subscription)
{
    return subscription->settings->clock->now(subscription->settings->clock);
}

static void call_send_done(struct subscription *subscription, bool success);
static void call_receive_done(struct subscription *subscription, bool success);
static void call_status_done(struct subscription *subscription, bool success);

void subscription_init(struct subscription *subscription,
                       const struct subscription_settings *settings, struct channel *channel,
                       grpc_completion_queue *queue)
{
    *subscription = (struct subscription){.settings = settings,
                                          .channel = channel,
                                          .queue = queue,
                                          .trouble_since = CLOCK_NEVER,
                                          .resume_at = CLOCK_NEVER,
                                          .stop_by = CLOCK_NEVER,
                                          .send_done = {call_send_done, subscription},
                                          .receive_done = {call_receive_done, subscription},
                                          .status_done = {call_status_done, subscription}};
}

bool subscription_is_done(const struct subscription *subscription)
{
    return subscription->result != RESULT_NONE && subscription->call == NULL;
}

static void set_result(struct subscription *subscription, enum result result)
{
    if (subscription->result == RESULT_NONE) {
        subscription->result = result;
    }
}

static void cancel(struct subscription *subscription)
{
    if (subscription->call != NULL) {
        (void)grpc_call_cancel(subscription->call, NULL);
    }
}

/* Starts a batch; the tag comes back exactly once, also where the call breaks. */
static bool start(struct subscription *subscription, const grpc_op *operations, size_t count,
                  struct operation *done)
{
    if (grpc_call_start_batch(subscription->call, operations, count, done, NULL) != GRPC_CALL_OK) {
        cancel(subscription);
        return false;
    }
    subscription->operations++;
    return true;
}

/* Which command goes on from where the verifier is. */
static struct request next_request(struct subscription *subscription)
{
    const struct verifier *verifier = &subscription->verifier;
    struct command command = {.uuid = verifier->uuid, .n = verifier->n, .last = verifier->last};
    struct request request = {.has_position = false};

    bool nothing_came = verifier->count == 0 && !subscription->joining;
    if (nothing_came && !subscription->may_exist) {
        command.kind = COMMAND_START;
    } else {
        command.kind = COMMAND_CONTINUE;
        request.has_position = verifier->mode == MODE_STATEFUL && verifier->position_is_known;
        request.position = verifier_position(verifier);
    }
    subscription->command = command.kind;
    command_format(verifier->mode, &command, request.text);
    request.length = strlen(request.text);
    return request;
}

static grpc_op add_request(struct subscription *subscription, const struct request *request)
{
    uint8_t bytes[REQUEST_SIZE_MAX];
    size_t length = request_encode(request, bytes);
    grpc_byte_buffer_destroy(subscription->outgoing);
    subscription->outgoing = wire_buffer_create(bytes, length);
    grpc_op send = {.op = GRPC_OP_SEND_MESSAGE};
    send.data.send_message.send_message = subscription->outgoing;
    return send;
}

static grpc_op receive_message(struct subscription *subscription)
{
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &subscription->incoming;
    return receive;
}

static void start_sending(struct subscription *subscription)
{
    const struct request request = next_request(subscription);
    const grpc_op operations[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                                  add_request(subscription, &request)};
    subscription->sending = start(subscription, operations, 2, &subscription->send_done);
}

static void start_receiving(struct subscription *subscription)
{
    grpc_op operations[] = {{.op = GRPC_OP_RECV_INITIAL_METADATA}, receive_message(subscription)};
    operations[0].data.recv_initial_metadata.recv_initial_metadata = &subscription->headers;
    (void)start(subscription, operations, 2, &subscription->receive_done);
}

static void start_awaiting_status(struct subscription *subscription)
{
    grpc_op operation = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    operation.data.recv_status_on_client.trailing_metadata = &subscription->trailers;
    operation.data.recv_status_on_client.status = &subscription->status;
    operation.data.recv_status_on_client.status_details = &subscription->status_details;
    (void)start(subscription, &operation, 1, &subscription->status_done);
}

/* Opens a call that goes on from where the verifier is. */
static void open_call(struct subscription *subscription)
{
    subscription->resume_at = CLOCK_NEVER;
    subscription->last_activity = now_of(subscription);
    subscription->stalled = false;
    subscription->error[0] = '\0';
    subscription->status = GRPC_STATUS_UNKNOWN;
    subscription->status_details = grpc_empty_slice();
    grpc_metadata_array_init(&subscription->headers);
    grpc_metadata_array_init(&subscription->trailers);

    subscription->call = channel_call(subscription->channel, subscription->queue);
    start_awaiting_status(subscription);
    start_sending(subscription);
    start_receiving(subscription);

    bool resumes = subscription->command == COMMAND_CONTINUE;
    verifier_begin_stream(&subscription->verifier, resumes);
    if (!resumes) {
        subscription->may_exist = subscription->verifier.mode == MODE_STATEFUL;
        subscription->starts++;
    }
}

static void close_call(struct subscription *subscription)
{
    grpc_call_unref(subscription->call);
    subscription->call = NULL;
    grpc_byte_buffer_destroy(subscription->outgoing);
    grpc_byte_buffer_destroy(subscription->incoming);
    subscription->outgoing = NULL;
    subscription->incoming = NULL;
    grpc_metadata_array_destroy(&subscription->headers);
    grpc_metadata_array_destroy(&subscription->trailers);
    grpc_slice_unref(subscription->status_details);
}

void subscription_start(struct subscription *subscription)
{
    subscription->trouble_since = now_of(subscription);
    open_call(subscription);
}

static void send_end_if_possible(struct subscription *subscription)
{
    if (!subscription->ending || subscription->end_sent || subscription->sending) {
        return;
    }
    subscription->end_sent = true;
    struct request request = {.has_position = false};
    const struct command end = {.kind = COMMAND_END};
    command_format(subscription->verifier.mode, &end, request.text);
    request.length = strlen(request.text);
    const grpc_op operation = add_request(subscription, &request);
    subscription->sending = start(subscription, &operation, 1, &subscription->send_done);
}

/* A stateless stream has no end of its own: asks for it, and does not wait for long. */
static void end_stream(struct subscription *subscription)
{
    subscription->ending = true;
    subscription->stop_by = clock_add(now_of(subscription), GOODBYE_NS);
    send_end_if_possible(subscription);
}

static void take_number(struct subscription *subscription, uint64_t number)
{
    struct verifier *verifier = &subscription->verifier;
    enum verdict verdict = verifier_take(verifier, number);
    subscription->last_activity = now_of(subscription);
    if (verdict_is_wrong(verdict)) {
        verifier_describe(verifier, verdict, number, subscription->reason);
        set_result(subscription, RESULT_VIOLATED);
        cancel(subscription);
    } else if (verdict == VERDICT_NUMBER || verdict == VERDICT_CHECKSUM) {
        subscription->trouble_since = CLOCK_NEVER;
        backoff_reset(&subscription->backoff);
    }
    if (verdict != VERDICT_SURPLUS) {
        subscription->settings->listener->message(subscription, verdict, number);
    }
    if (verifier->mode == MODE_STATELESS && verifier_is_complete(verifier) &&
        !subscription->ending) {
        end_stream(subscription);
    }
}

static void take_reply(struct subscription *subscription)
{
    uint8_t bytes[REPLY_SIZE_MAX];
    size_t length;
    struct reply reply;
    bool good = wire_buffer_read(subscription->incoming, bytes, sizeof bytes, &length) &&
                reply_decode(bytes, length, &reply);
    if (!good) {
        (void)snprintf(subscription->reason, sizeof subscription->reason,
                       "malformed reply after %" PRIu64 " right numbers",
                       subscription->verifier.count);
        set_result(subscription, RESULT_VIOLATED);
        cancel(subscription);
    } else if (reply.is_error) {
        memcpy(subscription->error, reply.error, sizeof subscription->error);
        text_make_printable(subscription->error);
    } else {
        take_number(subscription, reply.number);
    }
}

/* What the call ended with: an original server says in a message what ours says in a status. */
static enum status final_status(const struct subscription *subscription)
{
    if (subscription->status == GRPC_STATUS_OK && subscription->error[0] != '\0') {
        enum error error = error_from_message(subscription->error);
        return error == ERROR_NONE ? STATUS_INVALID_ARGUMENT : error_status(error);
    }
    return (enum status)subscription->status;
}

static void describe_end(struct subscription *subscription, enum status status)
{
    char details[FAILURE_TEXT_SIZE];
    if (subscription->stalled) {
        (void)snprintf(subscription->reason, sizeof subscription->reason,
                       "STALLED: no message for %.1f s",
                       (double)subscription->settings->stall_timeout_ns / (double)NS_PER_S);
        return;
    }
    if (subscription->error[0] != '\0') {
        (void)snprintf(details, sizeof details, "%s", subscription->error);
    } else {
        wire_slice_read(subscription->status_details, details, sizeof details);
        text_make_printable(details);
    }
    (void)snprintf(subscription->reason, sizeof subscription->reason, "%s%s%s", status_name(status),
                   details[0] == '\0' ? "" : ": ", details);
}

/* Waits before the next call, or gives up. */
static void pause_call(struct subscription *subscription, bool never_connected)
{
    int64_t now = now_of(subscription);
    if (subscription->trouble_since == CLOCK_NEVER) {
        subscription->trouble_since = now;
    }
    int64_t give_up_at =
        clock_add(subscription->trouble_since, subscription->settings->retry_timeout_ns);
    if (now >= give_up_at) {
        set_result(subscription, RESULT_UNREACHABLE);
        return;
    }
    int64_t delay = backoff_next(&subscription->backoff, randombytes_random());
    if (delay > give_up_at - now) {
        delay = give_up_at - now; /* one last try */
    }
    subscription->resume_at = now + delay;
    subscription->settings->listener->broken(subscription, never_connected, delay);
}

/* Whether nothing is known of the session but what became of its STARTs. */
static bool start_is_open(const struct subscription *subscription)
{
    return subscription->verifier.mode == MODE_STATEFUL && subscription->verifier.count == 0 &&
           !subscription->joining;
}

/* Whether CONTINUE found that no START had arrived: a START is then right, at once. */
static bool start_was_lost(const struct subscription *subscription, enum status status)
{
    return start_is_open(subscription) && subscription->command == COMMAND_CONTINUE &&
           status == STATUS_NOT_FOUND;
}

/* Whether an earlier START was not lost but late: CONTINUE is right after all. */
static bool start_was_late(const struct subscription *subscription, enum status status)
{
    return start_is_open(subscription) && subscription->command == COMMAND_START &&
           subscription->starts > 1 && status == STATUS_ALREADY_EXISTS;
}

/* The call is over, and not everything has come. */
static void decide_what_next(struct subscription *subscription, enum status status)
{
    if (status == STATUS_OK) {
        (void)snprintf(subscription->reason, sizeof subscription->reason,
                       "the server ended the stream with OK after %" PRIu64 " of %" PRIu32
                       " numbers",
                       subscription->verifier.count, subscription->verifier.n);
        set_result(subscription, RESULT_VIOLATED);
    } else if (start_was_lost(subscription, status)) {
        subscription->may_exist = false;
        open_call(subscription);
    } else if (start_was_late(subscription, status) && subscription->starts == 2) {
        open_call(subscription); /* a server that goes on contradicting itself has to wait */
    } else if (!subscription->stalled && status_is_permanent(status) &&
               !start_was_late(subscription, status)) {
        set_result(subscription, RESULT_REFUSED);
    } else {
        bool never_connected = channel_cannot_connect(subscription->channel);
        if (never_connected || subscription->stalled) {
            channel_renew(subscription->channel);
        }
        pause_call(subscription, never_connected);
    }
}

/* Called after each operation: once the last one is back, the call is over. */
static void finish_call_if_over(struct subscription *subscription)
{
    if (subscription->operations > 0) {
        return;
    }
    enum status status = final_status(subscription);
    if (subscription->result == RESULT_NONE) {
        describe_end(subscription, status);
    }
    close_call(subscription);
    if (verifier_is_complete(&subscription->verifier)) {
        set_result(subscription, RESULT_PROVEN);
    } else if (subscription->stopping) {
        set_result(subscription, RESULT_STOPPED);
    }
    if (subscription->result == RESULT_NONE) {
        decide_what_next(subscription, status);
    }
}

static void call_send_done(struct subscription *subscription, bool success)
{
    subscription->operations--;
    subscription->sending = false;
    if (success) {
        send_end_if_possible(subscription);
    }
    finish_call_if_over(subscription);
}

static void call_receive_done(struct subscription *subscription, bool success)
{
    (void)success; /* without a message there is none to come: the status tells why */
    subscription->operations--;
    if (subscription->incoming != NULL) {
        take_reply(subscription);
        grpc_byte_buffer_destroy(subscription->incoming);
        subscription->incoming = NULL;
        const grpc_op operation = receive_message(subscription);
        (void)start(subscription, &operation, 1, &subscription->receive_done);
    }
    finish_call_if_over(subscription);
}

static void call_status_done(struct subscription *subscription, bool success)
{
    (void)success; /* it always is one */
    subscription->operations--;
    finish_call_if_over(subscription);
}

void subscription_handle(const grpc_event *event)
{
    struct operation *operation = event->tag;
    operation->done(operation->subscription, event->success != 0);
}

static int64_t stall_deadline(const struct subscription *subscription)
{
    int64_t timeout = subscription->settings->stall_timeout_ns;
    if (subscription->call == NULL || subscription->stalled || timeout == 0) {
        return CLOCK_NEVER;
    }
    return clock_add(subscription->last_activity, timeout);
}

int64_t subscription_deadline(const struct subscription *subscription)
{
    int64_t deadline = stall_deadline(subscription);
    if (subscription->resume_at < deadline) {
        deadline = subscription->resume_at;
    }
    return subscription->stop_by < deadline ? subscription->stop_by : deadline;
}

void subscription_tick(struct subscription *subscription)
{
    int64_t now = now_of(subscription);
    if (now >= subscription->resume_at) {
        open_call(subscription);
    }
    if (now >= subscription->stop_by) {
        subscription->stop_by = CLOCK_NEVER;
        cancel(subscription);
    }
    if (now >= stall_deadline(subscription)) {
        subscription->stalled = true;
        cancel(subscription);
    }
}

void subscription_stop(struct subscription *subscription)
{
    if (subscription->result != RESULT_NONE || subscription->stopping) {
        return;
    }
    subscription->stopping = true;
    subscription->resume_at = CLOCK_NEVER;
    if (subscription->call == NULL) {
        set_result(subscription, RESULT_STOPPED);
    } else if (subscription->verifier.mode == MODE_STATELESS) {
        end_stream(subscription);
    } else {
        cancel(subscription);
    }
}

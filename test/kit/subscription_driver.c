#include "test/kit/subscription_driver.h"

#include "test/kit/core_server.h"

#include <check.h>

#include <stdio.h>

/* How long a real wait for something that must come may take, and how often it looks. */
enum { PATIENCE_MS = 20000, LOOK_MS = 10 };
enum { REQUESTS_TOO_MANY = 1000 };

static struct subscription_driver *of(struct subscription *subscription)
{
    char *bytes = (char *)subscription;
    return (struct subscription_driver *)(void *)(bytes - offsetof(struct subscription_driver,
                                                                   subscription));
}

static void note_message(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    struct subscription_driver *driver = of(subscription);
    driver->messages++;
    driver->last_verdict = verdict;
    driver->last_number = number;
    fake_clock_advance(&driver->clock, driver->message_takes_ns);
    if (driver->on_message != NULL) {
        driver->on_message();
    }
}

static void note_break(struct subscription *subscription, const struct session_break *event)
{
    struct subscription_driver *driver = of(subscription);
    driver->last_break = *event;
    if (!event->resumes) {
        return;
    }
    ck_assert_uint_lt(driver->breaks, DRIVER_BREAKS_MAX);
    driver->delays[driver->breaks++] = event->delay_ns;
    snprintf(driver->break_reason, sizeof driver->break_reason, "%s", subscription->reason);
    if (driver->on_break != NULL) {
        driver->on_break();
    }
}

static bool note_announcement(struct subscription *subscription,
                              const struct announcement *announcement)
{
    struct subscription_driver *driver = of(subscription);
    driver->announcements++;
    driver->announcement = *announcement;
    return driver->on_announcement == NULL || driver->on_announcement();
}

static const struct subscription_listener listener = {
    .message = note_message, .broken = note_break, .announced = note_announcement};

void subscription_driver_init(struct subscription_driver *driver, struct scripted_server *server,
                              const char *target)
{
    *driver = (struct subscription_driver){.server = server};
    fake_clock_init(&driver->clock, DRIVER_START_TIME);
    driver->settings = (struct subscription_settings){.retry_timeout_ns = DRIVER_RETRY_TIMEOUT,
                                                      .stall_timeout_ns = DRIVER_STALL_TIMEOUT,
                                                      .wrong_max = 1,
                                                      .clock = &driver->clock.clock,
                                                      .listener = &listener};
    driver->route =
        (struct channel_route){.target = target, .connect_timeout_ns = DRIVER_CONNECT_TIMEOUT};
    ck_assert(channel_init(&driver->channel, &driver->route, 1));
    driver->queue = grpc_completion_queue_create_for_next(NULL);
    subscription_init(&driver->subscription, &driver->settings, &driver->channel, driver->queue);
}

int64_t subscription_driver_elapsed(struct subscription_driver *driver)
{
    return fake_clock_now(&driver->clock) - DRIVER_START_TIME;
}

static size_t requests(const struct subscription_driver *driver)
{
    return driver->server == NULL ? 0 : scripted_server_request_count(driver->server);
}

/* As a loop does, now and then. */
static void look(struct subscription_driver *driver)
{
    if (driver->connects_late) {
        channel_look(&driver->channel, fake_clock_now(&driver->clock));
    }
}

/* Nothing else will happen: time goes by until something is due. */
static void pass_time(struct subscription_driver *driver)
{
    look(driver);
    int64_t deadline = subscription_deadline(&driver->subscription);
    int64_t now = fake_clock_now(&driver->clock);
    ck_assert_int_ne(deadline, CLOCK_NEVER);
    ck_assert_int_ge(deadline, now);
    if (driver->connects_late) {
        fake_clock_advance(&driver->clock, deadline - now);
        look(driver);
    } else if (deadline > now) { /* not a moment before */
        fake_clock_advance(&driver->clock, deadline - now - 1);
        subscription_tick(&driver->subscription);
        ck_assert_int_eq(subscription_deadline(&driver->subscription), deadline);
        fake_clock_advance(&driver->clock, 1);
    }
    if (driver->on_deadline != NULL) {
        driver->on_deadline();
    }
    subscription_tick(&driver->subscription);
}

static void await_event(struct subscription_driver *driver)
{
    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
        gpr_timespec until =
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(LOOK_MS, GPR_TIMESPAN));
        grpc_event event = grpc_completion_queue_next(driver->queue, until, NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            fake_clock_advance(&driver->clock, driver->event_takes_ns);
            subscription_handle(&event);
            subscription_tick(&driver->subscription);
            return;
        }
        if (driver->is_silent_after && requests(driver) >= driver->silent_requests &&
            driver->messages >= driver->silent_messages) {
            driver->is_silent_after = driver->connects_late && !channel_is_ready(&driver->channel);
            if (driver->connects_late && !driver->is_silent_after) {
                return;
            }
            pass_time(driver);
            return;
        }
    }
    ck_abort_msg("nothing came after %zu messages of %zu requests", driver->messages,
                 requests(driver));
}

enum session_result subscription_driver_run(struct subscription_driver *driver)
{
    struct subscription *subscription = &driver->subscription;
    subscription_start(subscription);
    while (!subscription_is_done(subscription)) {
        if (driver->stops && driver->messages >= driver->stop_messages &&
            driver->breaks >= driver->stop_breaks) {
            driver->stops = false;
            subscription_stop(subscription);
        } else if (subscription->resume_at != CLOCK_NEVER) {
            pass_time(driver);
        } else {
            await_event(driver);
        }
        ck_assert_msg(requests(driver) < REQUESTS_TOO_MANY, "it never gives up");
    }
    return subscription->result;
}

void subscription_driver_cleanup(struct subscription_driver *driver)
{
    verifier_cleanup(&driver->subscription.verifier);
    channel_cleanup(&driver->channel);
    core_queue_destroy(driver->queue);
    fake_clock_cleanup(&driver->clock);
}

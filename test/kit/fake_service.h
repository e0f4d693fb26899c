/*
 * A service without a protocol, to test workers with. Its dialogues run in the worker's thread; the
 * test reads what they heard when the worker has ended.
 */
#ifndef COMMS_TEST_KIT_FAKE_SERVICE_H
#define COMMS_TEST_KIT_FAKE_SERVICE_H

#include "server/services/service.h"
#include "shared/base/clock.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The fake service does what a message says: "run" sends a, b, c, … for ever, "run 3" three of them
 * and ends; "wait" has the next one due a second later each, and "hurry" 100 us; "ask" asks a store
 * that answers by SERVICE_ANSWERED; "end" ends. Other messages are for the record.
 */
extern const struct service_operations fake_operations;

/* What the dialogues of a service heard; read it when the worker has ended. */
struct fake_record {
    const struct clock *clock;
    bool finishes;  /* what finishes_by says */
    size_t padding; /* bytes that each message has */
    int begun;
    int messages;
    int too_large; /* and the dialogue had not left */
    int half_closed;
    int taken_over;
    int answered;
    int shut_down;
    int left;             /* the first time a dialogue left */
    enum service_end why; /* the first reason to leave of the dialogue that left last */
};

/* `settings` of a service with fake_operations is a struct fake_record. */
struct service fake_service(struct fake_record *record);

#endif

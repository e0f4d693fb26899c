/*
 * The breaks since somebody last looked, by cause: told while the run goes on. Plain data; belongs
 * to one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_BREAK_NOTES_H
#define COMMS_CLIENT_MEASURE_BREAK_NOTES_H

#include "client/measure/break_cause.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BREAK_NOTES = 12, BREAK_NOTE_ADDRESS_SIZE = 64 };

/* Breaks of one kind at one address. */
struct break_note {
    struct break_kind kind;
    bool had_lived; /* streams broke; else attempts failed before a number came */
    uint64_t count;
    int64_t at_ns; /* of the first: nanoseconds since the beginning of the run */
    char address[BREAK_NOTE_ADDRESS_SIZE]; /* of the peer; empty: unknown */
    char words[BREAK_WORDS_SIZE];          /* of the server, at the first; or empty */
};

/* All zeroes is an empty list. */
struct break_notes {
    size_t count;
    struct break_note rows[BREAK_NOTES];
    uint64_t others; /* breaks that found no row */
};

/* Adds the note to the row of its kind and address. */
void break_notes_add(struct break_notes *notes, const struct break_note *note);

/* Adds all notes of `from`. */
void break_notes_merge(struct break_notes *notes, const struct break_notes *from);

#endif

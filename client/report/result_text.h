/* The words for a result: its outcome, its proof, advice. For any thread. */
#ifndef COMMS_CLIENT_REPORT_RESULT_TEXT_H
#define COMMS_CLIENT_REPORT_RESULT_TEXT_H

#include "client/measure/result.h"
#include "shared/page/format.h"

#include <stdbool.h>

/* "proven", "violated", "unreachable", "refused", "incomplete", "bound broken", "interrupted". */
const char *outcome_name(enum outcome outcome);

/*
 * Writes the proof: `PROVEN: 10,000 streams, 612,340 numbers expected, 612,340 received, each in
 * its place`, or what is missing for one.
 */
enum { PROOF_SIZE = 352 };
void result_proof(const struct result *result, char text[static PROOF_SIZE]);

/*
 * Writes why streams were held back and what to set (`37 streams waited longer than 15 s for a
 * first header …`). False, and an empty text, if none was.
 */
enum { ADVICE_SIZE = 320 };
bool result_held_back_advice(const struct result *result, char text[static ADVICE_SIZE]);

/* Writes what a server announces: "comms-server 0.1.0, stateful, one number every 1.00 s". What it
 * does not announce is left out. Returns `text`. */
enum { SERVER_WORDS_SIZE = 128 };
const char *result_server_words(const struct announcement *server,
                                char text[static SERVER_WORDS_SIZE]);

/* Whether numbers were held against the interval that the server announced. */
bool result_follows_server(const struct result *result);

/* Writes the value of the condition's metric, for people: "2.31 s", "17", "not measured". */
void fail_on_format_value(const struct fail_on *condition, const struct result *result,
                          char text[static FORMAT_SIZE]);

/* Writes the throughput for people, without a unit: "10,203", "not measured". */
const char *result_format_throughput(const struct result *result, char text[static FORMAT_SIZE]);

#endif

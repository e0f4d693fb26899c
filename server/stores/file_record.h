/*
 * What the file of the store holds: a head, and a record for each session. Both have a fixed size
 * and a checksum. The numbers in them are little-endian. Pure: from any thread.
 *
 * The key of a record is the session's generation, big-endian, so that new sessions are written
 * side by side. The key of the head is that of generation 0, which no session has.
 */
#ifndef COMMS_SERVER_STORES_FILE_RECORD_H
#define COMMS_SERVER_STORES_FILE_RECORD_H

#include "server/sessions/sessions_durable.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILE_KEY_SIZE = 8, FILE_RECORD_SIZE = 64, FILE_HEAD_SIZE = 48, FILE_FORMAT = 1 };

/* A run is one opening of the file. Runs are numbered from 1. */
struct file_head {
    uint64_t run;         /* the present run, or the last one */
    uint64_t crashed_run; /* the last run that did not end in order; 0: none */
    bool is_closed;       /* the last run ended in order: every record that it left is final */
};

enum file_head_kind {
    FILE_HEAD_FOREIGN, /* not ours */
    FILE_HEAD_NEWER,   /* of a newer format */
    FILE_HEAD_DAMAGED,
    FILE_HEAD_GOOD
};

void file_key_encode(uint64_t generation, uint8_t key[static FILE_KEY_SIZE]);
uint64_t file_key_decode(const uint8_t key[static FILE_KEY_SIZE]);

void file_head_encode(const struct file_head *head, uint8_t bytes[static FILE_HEAD_SIZE]);

/* *ret_head is filled only if the result is FILE_HEAD_GOOD. */
enum file_head_kind file_head_decode(const uint8_t *bytes, size_t size, struct file_head *ret_head);

/* `run`: the present one. */
void file_record_encode(const struct session_record *record, uint64_t run,
                        uint8_t bytes[static FILE_RECORD_SIZE]);

/*
 * Reads the record of a generation. False: it is damaged, and *ret_record and *ret_run are
 * untouched. *ret_run: the run in which it was written.
 */
bool file_record_decode(uint64_t generation, const uint8_t *bytes, size_t size,
                        struct session_record *ret_record, uint64_t *ret_run);

#endif

#include "server/stores/file_record.h"

#include "shared/protocol/sequence.h"

#include <sodium.h>

#include <string.h>

enum { CHECKSUM_SIZE = crypto_shorthash_BYTES, FLAG_EXACT = 1, MAGIC_SIZE = 16 };

/* A server counts on from the highest generation of the file, which it never brings so far. */
#define GENERATION_MAX UINT64_C(0x7fffffffffffffff)

static const uint8_t magic[MAGIC_SIZE] = "comms sessions\n";

/* Where the fields stand. */
enum {
    HEAD_FORMAT = MAGIC_SIZE,
    HEAD_CLOSED = 20,
    HEAD_RUN = 24,
    HEAD_CRASHED = 32,
    HEAD_CHECKSUM = 40,

    RECORD_UUID = 0,
    RECORD_CLIENT = 16,
    RECORD_N = 32,
    RECORD_SENT = 36,
    RECORD_ATTEMPT = 40,
    RECORD_FLAGS = 44,
    RECORD_RUN = 48,
    RECORD_CHECKSUM = 56
};

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (size_t i = 0; i < sizeof value; i++) {
        bytes[i] = (uint8_t)(value >> 8 * i);
    }
}

static void put_u64(uint8_t *bytes, uint64_t value)
{
    put_u32(bytes, (uint32_t)value);
    put_u32(bytes + 4, (uint32_t)(value >> 32));
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint64_t get_u64(const uint8_t *bytes)
{
    return get_u32(bytes) | (uint64_t)get_u32(bytes + 4) << 32;
}

void file_key_encode(uint64_t generation, uint8_t key[static FILE_KEY_SIZE])
{
    for (size_t i = 0; i < FILE_KEY_SIZE; i++) {
        key[i] = (uint8_t)(generation >> 8 * (FILE_KEY_SIZE - 1 - i));
    }
}

uint64_t file_key_decode(const uint8_t key[static FILE_KEY_SIZE])
{
    uint64_t generation = 0;
    for (size_t i = 0; i < FILE_KEY_SIZE; i++) {
        generation = generation << 8 | key[i];
    }
    return generation;
}

/* The generation goes into the checksum, so a record under another's key is found out. */
static void make_checksum(uint64_t generation, const uint8_t *bytes, size_t size,
                          uint8_t checksum[static CHECKSUM_SIZE])
{
    uint8_t key[crypto_shorthash_KEYBYTES] = "comms";
    put_u64(key + 8, generation);
    (void)crypto_shorthash(checksum, bytes, size, key);
}

static bool has_checksum(uint64_t generation, const uint8_t *bytes, size_t size)
{
    uint8_t checksum[CHECKSUM_SIZE];
    make_checksum(generation, bytes, size, checksum);
    return memcmp(checksum, bytes + size, sizeof checksum) == 0;
}

void file_head_encode(const struct file_head *head, uint8_t bytes[static FILE_HEAD_SIZE])
{
    memcpy(bytes, magic, sizeof magic);
    put_u32(bytes + HEAD_FORMAT, FILE_FORMAT);
    put_u32(bytes + HEAD_CLOSED, head->is_closed);
    put_u64(bytes + HEAD_RUN, head->run);
    put_u64(bytes + HEAD_CRASHED, head->crashed_run);
    make_checksum(0, bytes, HEAD_CHECKSUM, bytes + HEAD_CHECKSUM);
}

enum file_head_kind file_head_decode(const uint8_t *bytes, size_t size, struct file_head *ret_head)
{
    if (size < HEAD_CLOSED || memcmp(bytes, magic, sizeof magic) != 0) {
        return FILE_HEAD_FOREIGN;
    }
    if (get_u32(bytes + HEAD_FORMAT) > FILE_FORMAT) {
        return FILE_HEAD_NEWER;
    }
    if (size != FILE_HEAD_SIZE || !has_checksum(0, bytes, HEAD_CHECKSUM)) {
        return FILE_HEAD_DAMAGED;
    }
    *ret_head = (struct file_head){.run = get_u64(bytes + HEAD_RUN),
                                   .crashed_run = get_u64(bytes + HEAD_CRASHED),
                                   .is_closed = get_u32(bytes + HEAD_CLOSED) != 0};
    return FILE_HEAD_GOOD;
}

void file_record_encode(const struct session_record *record, uint64_t run,
                        uint8_t bytes[static FILE_RECORD_SIZE])
{
    memcpy(bytes + RECORD_UUID, record->uuid.bytes, sizeof record->uuid.bytes);
    memcpy(bytes + RECORD_CLIENT, record->client.bytes, sizeof record->client.bytes);
    put_u32(bytes + RECORD_N, record->n);
    put_u32(bytes + RECORD_SENT, record->sent);
    put_u32(bytes + RECORD_ATTEMPT, record->attempt);
    put_u32(bytes + RECORD_FLAGS, record->is_exact ? FLAG_EXACT : 0);
    put_u64(bytes + RECORD_RUN, run);
    make_checksum(record->generation, bytes, RECORD_CHECKSUM, bytes + RECORD_CHECKSUM);
}

bool file_record_decode(uint64_t generation, const uint8_t *bytes, size_t size,
                        struct session_record *ret_record, uint64_t *ret_run)
{
    if (size != FILE_RECORD_SIZE || generation == 0 || generation > GENERATION_MAX ||
        !has_checksum(generation, bytes, RECORD_CHECKSUM)) {
        return false;
    }
    const uint32_t flags = get_u32(bytes + RECORD_FLAGS);
    struct session_record record = {.n = get_u32(bytes + RECORD_N),
                                    .sent = get_u32(bytes + RECORD_SENT),
                                    .attempt = get_u32(bytes + RECORD_ATTEMPT),
                                    .is_exact = (flags & FLAG_EXACT) != 0,
                                    .generation = generation};
    /* A forged record must not lead the server astray either: it trusts these. */
    if (record.n == 0 || record.n > SEQUENCE_N_MAX || record.sent > record.n + 1 ||
        flags > FLAG_EXACT) {
        return false;
    }
    memcpy(record.uuid.bytes, bytes + RECORD_UUID, sizeof record.uuid.bytes);
    memcpy(record.client.bytes, bytes + RECORD_CLIENT, sizeof record.client.bytes);
    *ret_record = record;
    *ret_run = get_u64(bytes + RECORD_RUN);
    return true;
}

#include "test/e2e/original_peer.h"

#include "shared/protocol/sequence.h"

#include <check.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 10000, JUDGED_BELOW_N = 13 };

static const char retry[] = "Failed to connect";

struct original_peer original_peer_start(unsigned port, const char *mode, const char *word)
{
    char number[16];
    snprintf(number, sizeof number, "%u", port);
    struct original_peer peer = {.mode = mode, .word = word, .port = port};
    peer.program = program_start(programs_python_path(), "-B", "test/e2e/original_client", "-p",
                                 number, "-m", mode, word, NULL);
    return peer;
}

/* ---- The text that must be ------------------------------------------------------------------- */

struct lines {
    FILE *stream;
    char *text;
    size_t length;
};

static void lines_init(struct lines *lines, const struct original_peer *peer)
{
    lines->stream = open_memstream(&lines->text, &lines->length);
    ck_assert_ptr_nonnull(lines->stream);
    fprintf(lines->stream, "Mode: %s\nPort: %u\n", peer->mode, peer->port);
}

/* Fails the test: what went wrong, with the line at this place of a text. */
_Noreturn static void fail_at(const struct original_peer *peer, const char *what, const char *place)
{
    char line[128];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(place, "\n"), place);
    program_fail(peer->program, what, line);
}

/* Compares the peer's output with the lines, and frees both. */
static void lines_expect(struct lines *lines, struct original_peer *peer)
{
    ck_assert_int_eq(fclose(lines->stream), 0);
    int status = program_wait_exit(peer->program);
    if (status != 0 || *program_output(peer->program, PROGRAM_STDERR) != '\0') {
        program_fail(peer->program, "ended otherwise than with 0, or with a word on stderr", "");
    }
    const char *got = program_output(peer->program, PROGRAM_STDOUT);
    size_t same = 0;
    while (got[same] != '\0' && got[same] == lines->text[same]) {
        same++;
    }
    if (got[same] != lines->text[same]) {
        while (same > 0 && lines->text[same - 1] != '\n') {
            same--;
        }
        fail_at(peer, "should have said", lines->text + same);
    }
    free(lines->text);
    program_destroy(peer->program);
}

/*
 * Writes the lines about retries that must be at this place of the output: as many as there are,
 * one at least, each wait double the last one. Returns the place behind them.
 */
static const char *print_retries(FILE *out, const char *place)
{
    int wait_ms = BACKOFF_FIRST_MS;
    do {
        fprintf(out, "%s, will retry in %d seconds\n", retry, wait_ms);
        wait_ms *= 2;
        place += strcspn(place, "\n");
        place += *place == '\n';
    } while (strncmp(place, retry, strlen(retry)) == 0 && wait_ms <= BACKOFF_MAX_MS);
    return place;
}

void original_peer_expect(struct original_peer *peer, const char *lines)
{
    struct lines wanted;
    lines_init(&wanted, peer);
    (void)program_wait_exit(peer->program);
    const char *output = program_output(peer->program, PROGRAM_STDOUT);
    for (const char *c = lines; *c != '\0'; c++) {
        if (*c != ORIGINAL_PEER_RETRIES[0]) {
            fputc(*c, wanted.stream);
            continue;
        }
        ck_assert_int_eq(fflush(wanted.stream), 0);
        (void)print_retries(wanted.stream, output + strnlen(output, wanted.length));
    }
    lines_expect(&wanted, peer);
}

/* What follows this beginning in the first line that has it. */
static const char *said(const struct original_peer *peer, const char *beginning)
{
    const char *text = program_output(peer->program, PROGRAM_STDOUT);
    const char *found = output_next_line(&text, beginning);
    if (found == NULL) {
        program_fail(peer->program, "did not say", beginning);
    }
    return found;
}

/* ---- Stateless ------------------------------------------------------------------------------- */

/* Writes a whole double as JavaScript does: the fewest digits that mean it, then zeroes; from 1e21
 * on with an exponent. */
static void print_sum(FILE *out, double sum)
{
    char text[32];
    int digits = 0; /* behind the first one */
    while (snprintf(text, sizeof text, "%.*e", digits, sum), strtod(text, NULL) != sum) {
        digits++;
    }
    const char *exponent = strchr(text, 'e');
    if (sum >= 1e21) {
        fprintf(out, "Sum: %s\n", text);
    } else {
        int zeroes = (int)strtol(exponent + 1, NULL, 10) - digits;
        fprintf(out, "Sum: %c%.*s%.*s\n", text[0], digits, text + 2, zeroes,
                "000000000000000000000");
    }
}

void original_peer_expect_stateless(struct original_peer *peer, unsigned n, unsigned breaks)
{
    struct lines lines;
    (void)program_wait_exit(peer->program);
    const char *place = said(peer, "Response: ");
    uint64_t number = strtoull(place, NULL, 10);
    if (number < 1 || number > STATELESS_FIRST_MAX) {
        fail_at(peer, "began with", place);
    }
    lines_init(&lines, peer);
    fprintf(lines.stream, "N: %u\n", n);
    double sum = 0;
    unsigned broke = 0;
    for (unsigned i = 1; i <= n; i++) {
        fprintf(lines.stream, "Response: %" PRIu64 " | Count: %u\n", number, i);
        sum += (double)number;
        number = stateless_next(number);
        place += strcspn(place, "\n");
        place += *place == '\n';
        if (strncmp(place, retry, strlen(retry)) == 0) {
            place = print_retries(lines.stream, place);
            broke++;
        }
    }
    if (broke != breaks) {
        program_fail(peer->program, "its stream broke another number of times", "");
    }
    print_sum(lines.stream, sum);
    if (n < JUDGED_BELOW_N) {
        fprintf(lines.stream, "Test passed: true\n");
    }
    lines_expect(&lines, peer);
}

/* ---- Stateful -------------------------------------------------------------------------------- */

void original_peer_expect_random_session(struct original_peer *peer)
{
    struct lines lines;
    struct uuid uuid;
    char uuid_text[UUID_TEXT_SIZE];
    struct sequence sequence;
    (void)program_wait_exit(peer->program);
    uint32_t n = (uint32_t)strtoul(said(peer, "N: "), NULL, 10);
    if (!uuid_parse(said(peer, "UUID: "), UUID_TEXT_SIZE - 1, &uuid)) {
        program_fail(peer->program, "has no uuid", "");
    }
    uuid_format(&uuid, uuid_text);
    lines_init(&lines, peer);
    fprintf(lines.stream, "N: %" PRIu32 "\nUUID: %s\n", n, uuid_text);
    sequence_init(&sequence, &uuid, n);
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t number = sequence_next(&sequence);
        fprintf(lines.stream, "Response: %" PRIu32 " | Count: %" PRIu32 "\n", number, i);
    }
    fprintf(lines.stream, "Checksum: %" PRIu32 "\nChecksum is valid: true\n",
            sequence_next(&sequence));
    lines_expect(&lines, peer);
}

#undef NDEBUG

#include "test/fuzz/conversation/known_sessions.h"

#include "shared/protocol/sequence.h"
#include "test/fuzz/conversation/terms.h"

#include <assert.h>
#include <string.h>

/* In some of these sessions a value repeats, or the checksum equals a number. */
static const char *const texts[SESSIONS] = {
    "a17417a0-aa39-40b5-8675-247713cc4908",
    "24cb0169-21d3-a888-8000-000000000005", /* numbers 1 and 5 */
    "00000000-264a-b42d-8000-000000000003", /* number 1 and the checksum of 5 */
    "00000000-21f2-f4a3-8000-000000000006", /* numbers 1 and 3 */
};
static struct uuid uuids[SESSIONS];
static uint32_t messages[SESSIONS][N_MAX + 1][N_MAX + 2]; /* by n, by position */
static uint32_t checksums[SESSIONS][N_MAX + 1];           /* by the count of numbers */

void known_sessions_compute(void)
{
    for (int i = 0; i < SESSIONS; i++) {
        bool parsed = uuid_parse(texts[i], strlen(texts[i]), &uuids[i]);
        assert(parsed);
        for (uint32_t n = 1; n <= N_MAX; n++) {
            struct sequence sequence;
            sequence_init(&sequence, &uuids[i], n);
            for (uint32_t k = 1; k <= n + 1; k++) {
                messages[i][n][k] = sequence_next(&sequence);
            }
            checksums[i][n] = sequence_checksum(&sequence);
        }
    }
}

const struct uuid *known_uuid(int session)
{
    return &uuids[session];
}

int known_session(const struct uuid *uuid)
{
    for (int i = 0; i < SESSIONS; i++) {
        if (uuid_equal(uuid, &uuids[i])) {
            return i;
        }
    }
    return NOBODY;
}

uint32_t known_message(int session, uint32_t n, uint32_t position)
{
    assert(n >= 1 && n <= N_MAX && position >= 1 && position <= n + 1);
    return messages[session][n][position];
}

uint32_t known_checksum(int session, uint32_t count)
{
    assert(count <= N_MAX);
    return checksums[session][count];
}

#include "server/work/slow_reader.h"

enum {
    PART_BYTES = 64 * 1024,
    AHEAD_BYTES = 4 * 1024 * 1024, /* C core's largest window, and the kernel's usual buffer */
    PROGRESS_BYTES = 1024          /* in the time; pings alone are fewer */
};

void slow_reader_begin(struct slow_reader *reader, struct stream *stream)
{
    reader->parts_left = 0;
    if (reader->padding > 0) {
        reader->parts_left = (reader->padding + AHEAD_BYTES) / PART_BYTES;
        reader->taken = stream->operations->taken(stream);
    }
}

bool slow_reader_goes_on(struct slow_reader *reader, struct stream *stream)
{
    if (reader->parts_left == 0) {
        return false;
    }
    const uint64_t taken = stream->operations->taken(stream);
    if ((int64_t)(taken - reader->taken) < PROGRESS_BYTES) { /* it may go back: it is two figures */
        return false;
    }
    reader->parts_left--;
    reader->taken = taken;
    return true;
}

#include "server/work/slow_reader.h"

enum {
    PART_BYTES = 16 * 1024,
    PROGRESS_BYTES = 1024 /* in the time; pings alone are fewer */
};

void slow_reader_begin(struct slow_reader *reader, struct stream *stream)
{
    reader->parts_left = reader->padding / PART_BYTES;
    if (reader->parts_left > 0) {
        reader->taken = stream->operations->taken(stream);
    }
}

bool slow_reader_goes_on(struct slow_reader *reader, struct stream *stream)
{
    if (reader->parts_left == 0) {
        return false;
    }
    const uint64_t taken = stream->operations->taken(stream);
    if (taken - reader->taken < PROGRESS_BYTES) {
        return false;
    }
    reader->parts_left--;
    reader->taken = taken;
    return true;
}

#include "test/kit/lying_lines.h"

#include <stdlib.h>
#include <string.h>

/* With room for `count` lines and one more that a lie puts in. */
static void make_room(struct lying_lines *lines, size_t count)
{
    lines->items = calloc(count + 1, sizeof *lines->items);
    if (lines->items == NULL) {
        abort();
    }
}

static void add(struct lying_lines *lines, uint64_t number, int64_t due_ns)
{
    lines->items[lines->count++] = (struct lying_line){.number = number, .due_ns = due_ns};
}

/* The lines end with line `i`: with this status. */
static void end_at(struct lying_lines *lines, size_t i, enum status status)
{
    int64_t due_ns = i == 0 ? 0 : lines->items[i - 1].due_ns;
    lines->items[i] = (struct lying_line){.due_ns = due_ns, .is_end = true, .status = status};
    lines->count = i + 1;
}

void lying_lines_init_session(struct lying_lines *lines, const struct sequence *sequence,
                              uint32_t last, bool resumes, int64_t interval_ns)
{
    struct sequence ahead = *sequence;
    int64_t due_ns = 0;
    *lines = (struct lying_lines){.position = ahead.position, .last = last, .n = ahead.n};
    make_room(lines, (size_t)ahead.n + 4);
    if (resumes) {
        add(lines, ahead.position, 0);
        add(lines, sequence_checksum(&ahead), 0);
    }
    lines->first = lines->count;
    while (!sequence_is_finished(&ahead)) {
        add(lines, sequence_next(&ahead), due_ns);
        due_ns += ahead.position < ahead.n ? interval_ns : 0;
    }
    end_at(lines, lines->count, STATUS_OK);
}

void lying_lines_init_stateless(struct lying_lines *lines, uint32_t position, uint64_t last,
                                uint64_t next, int64_t interval_ns)
{
    *lines = (struct lying_lines){.position = position, .last = last};
    make_room(lines, STATELESS_LINES);
    for (int i = 0; i < STATELESS_LINES; i++) {
        add(lines, next, i * interval_ns);
        next = stateless_next(next);
    }
}

void lying_lines_init_end(struct lying_lines *lines, enum status status)
{
    *lines = (struct lying_lines){.count = 0};
    make_room(lines, 1);
    end_at(lines, 0, status);
}

void lying_lines_cleanup(struct lying_lines *lines)
{
    free(lines->items);
    lines->items = NULL;
}

bool lie_needs_break(enum lie_told lie)
{
    return lie >= LIE_WRONG_POSITION_ON_RESUME;
}

/* The line of message `position`, which must be among them. */
static size_t index_of(const struct lying_lines *lines, uint32_t position)
{
    return lines->first + (position - lines->position - 1);
}

/* Whether there is such a message. */
static bool has(const struct lying_lines *lines, uint32_t position)
{
    size_t i = index_of(lines, position);
    return position > lines->position && i < lines->count && !lines->items[i].is_end;
}

void lying_lines_break(struct lying_lines *lines, uint32_t at)
{
    if (has(lines, at)) {
        end_at(lines, index_of(lines, at) + 1, STATUS_UNAVAILABLE);
    }
}

static void take_out(struct lying_lines *lines, size_t i, size_t amount)
{
    lines->count -= amount;
    memmove(&lines->items[i], &lines->items[i + amount], (lines->count - i) * sizeof *lines->items);
}

static void put_in(struct lying_lines *lines, size_t i, uint64_t number)
{
    memmove(&lines->items[i + 1], &lines->items[i], (lines->count - i) * sizeof *lines->items);
    lines->count++;
    lines->items[i].number = number;
}

static struct finding find(enum violation_kind kind, uint64_t position, uint64_t expected,
                           uint64_t received)
{
    return (struct finding){.kind = kind,
                            .position = position,
                            .amount = 1,
                            .has_numbers = true,
                            .expected = expected,
                            .received = received};
}

/* One more than the truth in line `i`. */
static struct finding falsify(struct lying_lines *lines, size_t i, enum violation_kind kind,
                              uint64_t position)
{
    uint64_t truth = lines->items[i].number++;
    return find(kind, position, truth, lines->items[i].number);
}

/* Leaves out messages from `position` on. */
static struct finding drop(struct lying_lines *lines, uint32_t position, uint32_t amount)
{
    size_t i = index_of(lines, position);
    uint64_t expected = lines->items[i].number;
    take_out(lines, i, amount);
    struct finding found = find(VIOLATION_LOST, position, expected, lines->items[i].number);
    found.amount = amount;
    return found;
}

/* A message of this position comes in line `i` once more. */
static struct finding repeat(struct lying_lines *lines, size_t i, uint64_t number,
                             uint64_t position)
{
    put_in(lines, i, number);
    return find(VIOLATION_REPEATED, position, lines->items[i + 1].number, number);
}

/* A client first takes the message for lost, until it comes after all. */
static struct finding swap(struct lying_lines *lines, uint32_t at)
{
    struct lying_line *line = &lines->items[index_of(lines, at)];
    uint64_t first = line[0].number;
    line[0].number = line[1].number;
    line[1].number = first;
    return find(VIOLATION_REORDERED, at, line[2].number, first);
}

static struct finding end_early(struct lying_lines *lines, uint32_t at)
{
    end_at(lines, index_of(lines, at) + 1, STATUS_OK);
    return (struct finding){
        .kind = VIOLATION_ENDED_EARLY, .position = (uint64_t)at + 1, .amount = lines->n - at};
}

static struct finding pad(struct lying_lines *lines, const struct lie_settings *settings)
{
    struct lying_line *line = &lines->items[index_of(lines, settings->at)];
    const uint32_t size = settings->size;
    const uint32_t length = settings->padding_length;
    line->has_padding = true;
    line->padding_length = length;
    line->wrong_byte = settings->wrong_byte;
    return (struct finding){.kind = VIOLATION_PADDING,
                            .position = settings->at,
                            .amount = length == size  ? settings->wrong_byte
                                      : length < size ? length + 1
                                                      : size + 1,
                            .has_numbers = length != size,
                            .expected = size,
                            .received = length};
}

static struct finding hold_back(struct lying_lines *lines, uint32_t at, int64_t late_ns)
{
    lines->items[index_of(lines, at)].due_ns += late_ns;
    return (struct finding){.kind = VIOLATION_LATE, .position = at, .amount = (uint64_t)late_ns};
}

/* As if an older attempt had come, and taken the session from the stream with these lines. */
static struct finding take_over(struct lying_lines *lines)
{
    end_at(lines, index_of(lines, lines->position + 1) + 1, STATUS_ABORTED);
    lines->items[lines->count - 1].details = error_text(ERROR_TAKEN_OVER);
    return (struct finding){
        .kind = VIOLATION_ATTEMPT, .position = (uint64_t)lines->position + 2, .amount = 1};
}

static bool lie_on_resume(struct lying_lines *lines, enum lie_told lie, struct finding *ret_finding)
{
    size_t first = lines->first;
    uint64_t due = (uint64_t)lines->position + 1;
    if (lines->position == 0 || !has(lines, lines->position + 2)) {
        return false;
    }
    if (lie == LIE_WRONG_POSITION_ON_RESUME) {
        *ret_finding = falsify(lines, 0, VIOLATION_POSITION, due);
    } else if (lie == LIE_WRONG_CHECKSUM_ON_RESUME) {
        *ret_finding = falsify(lines, 1, VIOLATION_CHECKSUM, due);
    } else if (lie == LIE_BREAK_THEN_REPEAT) {
        *ret_finding = repeat(lines, first, lines->last, lines->position);
    } else if (lie == LIE_OLDER_ATTEMPT_TAKES_OVER) {
        *ret_finding = take_over(lines);
    } else {
        *ret_finding = drop(lines, lines->position + 1, 1);
    }
    return true;
}

bool lying_lines_lie(struct lying_lines *lines, const struct lie_settings *settings,
                     struct finding *ret_finding)
{
    uint32_t at = settings->at;
    if (lie_needs_break(settings->lie)) {
        return lie_on_resume(lines, settings->lie, ret_finding);
    }
    if (!has(lines, at) || !has(lines, at + settings->amount)) {
        return false;
    }
    size_t i = index_of(lines, at);
    if (settings->lie == LIE_DROP) {
        *ret_finding = drop(lines, at, settings->amount);
    } else if (settings->lie == LIE_REPEAT) {
        *ret_finding = repeat(lines, i + 1, lines->items[i].number, at);
    } else if (settings->lie == LIE_SWAP) {
        *ret_finding = swap(lines, at);
    } else if (settings->lie == LIE_CORRUPT) {
        *ret_finding = falsify(lines, i, VIOLATION_CORRUPT, at);
    } else if (settings->lie == LIE_WRONG_CHECKSUM) {
        *ret_finding = falsify(lines, lines->count - 2, VIOLATION_CHECKSUM, (uint64_t)lines->n + 1);
    } else if (settings->lie == LIE_PADDING) {
        *ret_finding = pad(lines, settings);
    } else if (settings->lie == LIE_EARLY_OK) {
        *ret_finding = end_early(lines, at);
    } else {
        *ret_finding = hold_back(lines, at, settings->late_ns);
    }
    return true;
}

#include "server/net/traffic.h"

#include "shared/base/clock.h"

/* Nanoseconds from one addition of a rate's share to the next: reads may follow one another within
 * microseconds, which are no whole byte. */
enum { REFILLS_A_SECOND = 16 };
#define REFILL_NS (NS_PER_S / REFILLS_A_SECOND)

void traffic_init(struct traffic *traffic, const struct traffic_limits *limits,
                  struct traffic_total *total, int64_t now)
{
    traffic->limits = *limits;
    atomic_store_explicit(&traffic->total, total, memory_order_relaxed);
    atomic_store_explicit(&traffic->waiting, 0, memory_order_relaxed);
    atomic_store_explicit(&traffic->calls, 0, memory_order_relaxed);
    atomic_store_explicit(&traffic->messages, 0, memory_order_relaxed);
    atomic_store_explicit(&traffic->sent, 0, memory_order_relaxed);
    traffic->used = (struct traffic_used){.since = now, .second_ends = now};
    frame_meter_init(&traffic->frames);
}

static struct traffic_total *total_of(const struct traffic *traffic)
{
    return atomic_load_explicit(&traffic->total, memory_order_relaxed);
}

const char *traffic_describe(enum traffic_excess excess)
{
    static const char *const texts[] = {
        [TRAFFIC_IN_BOUNDS] = "",
        [TRAFFIC_BYTES] = "it sends too many bytes that are no commands",
        [TRAFFIC_FRAMES] = "it sends too many frames that are no commands",
        [TRAFFIC_HEADER_BLOCK] = "the headers of one request are too long",
        [TRAFFIC_WAITING] = "it opens streams faster than the server accepts them",
        [TRAFFIC_RESET] = "it resets too many streams before a command"};
    return texts[excess];
}

/* Never below the least. */
static void reduce(int64_t *used, int64_t amount, int64_t least)
{
    if (*used > least) {
        *used = *used - least > amount ? *used - amount : least;
    }
}

/* Returns by how much it was reduced. */
static int64_t reduce_shared(atomic_int_fast64_t *used, int64_t amount)
{
    int_fast64_t old = atomic_load_explicit(used, memory_order_relaxed);
    int_fast64_t less;
    do {
        less = old < amount ? old : amount;
    } while (less > 0 && !atomic_compare_exchange_weak_explicit(
                             used, &old, old - less, memory_order_relaxed, memory_order_relaxed));
    return less;
}

/* What a rate has given in this number of periods; periods without end would overflow. */
static int64_t share(int64_t rate, int64_t periods)
{
    const int64_t many = (int64_t)24 * 3600 * REFILLS_A_SECOND;
    return (periods < many ? periods : many) * (rate / REFILLS_A_SECOND);
}

/* ---- Credit ---------------------------------------------------------------------------------- */

static void credit_time(struct traffic *traffic, int64_t now)
{
    const int64_t periods = (now - traffic->used.since) / REFILL_NS;
    if (periods > 0) {
        traffic->used.since += periods * REFILL_NS;
        reduce(&traffic->used.bytes, share(TRAFFIC_RATE, periods), 0);
        reduce(&traffic->used.points, share(TRAFFIC_POINTS_RATE, periods), 0);
        reduce(&traffic->used.pings, share(TRAFFIC_PINGS_RATE, periods), 0);
        reduce(&traffic->used.resets, share(TRAFFIC_RESETS_RATE, periods), 0);
        reduce(&traffic->used.all_resets, share(TRAFFIC_RESETS_BEHIND, periods), 0);
    }
}

/* Streams that were opened before this second began are old at its end. */
static void age_streams(struct traffic *traffic, int64_t now)
{
    if (now >= traffic->used.second_ends) {
        traffic->frames.old_stream = traffic->used.next_old_stream;
        traffic->used.next_old_stream = traffic->frames.last_stream;
        traffic->used.second_ends = now + NS_PER_S;
    }
}

/* What was added since; counts it. */
static int64_t take_new(const atomic_uint_fast64_t *counter, uint_fast64_t *credited)
{
    const uint_fast64_t count = atomic_load_explicit(counter, memory_order_relaxed);
    const int64_t more = (int64_t)(count - *credited);
    *credited = count;
    return more;
}

static void credit_work(struct traffic *traffic)
{
    const int64_t messages = take_new(&traffic->messages, &traffic->used.credited_messages);
    const int64_t items = messages + take_new(&traffic->calls, &traffic->used.credited_calls);
    const int64_t sent = take_new(&traffic->sent, &traffic->used.credited_bytes);
    const int64_t pings = sent / TRAFFIC_PING_BYTES;
    const int64_t bytes = pings * TRAFFIC_PING_BYTES; /* the rest counts next time */
    traffic->used.credited_bytes -= (uint_fast64_t)(sent - bytes);
    reduce(&traffic->used.bytes, items * TRAFFIC_CREDIT + bytes / TRAFFIC_SENT_SHARE, 0);
    reduce(&traffic->used.points, items * TRAFFIC_POINTS_CREDIT + bytes, 0);
    reduce(&traffic->used.pings, pings, 0);
    reduce(&traffic->used.resets, messages, -traffic->limits.streams);
}

/* ---- What comes in, in the reading thread ---------------------------------------------------- */

enum traffic_excess traffic_receive(struct traffic *traffic, int64_t bytes, int64_t now)
{
    age_streams(traffic, now);
    credit_time(traffic, now);
    credit_work(traffic);
    traffic->used.bytes += bytes;
    return traffic->used.bytes > TRAFFIC_BURST ? TRAFFIC_BYTES : TRAFFIC_IN_BOUNDS;
}

/* How many of a connection's own calls may wait while there are this many unserved ones in all. */
static int64_t share_of(const struct traffic_limits *limits, int64_t unserved)
{
    const int64_t extra = limits->waiting / TRAFFIC_WAITING_EXTRA;
    const int64_t left = limits->waiting + extra - unserved;
    return unserved <= limits->waiting ? limits->streams + TRAFFIC_WAITING_SPARE
           : left > 0                  ? TRAFFIC_WAITING_SHARE * left / extra
                                       : 0;
}

static bool is_in_bounds(const struct traffic *traffic, int64_t own, int64_t waiting)
{
    const struct traffic_total *total = total_of(traffic);
    const int64_t unserved = atomic_load_explicit(&total->existing, memory_order_relaxed) -
                             atomic_load_explicit(&total->served, memory_order_relaxed);
    const int64_t share = share_of(&traffic->limits, waiting > unserved ? waiting : unserved);
    return own <= share && own <= traffic->limits.streams + TRAFFIC_WAITING_SPARE;
}

/* Counts these streams, or says that they are too many. */
static bool open_streams(struct traffic *traffic, int64_t streams)
{
    struct traffic_total *total = total_of(traffic);
    const int64_t own =
        atomic_fetch_add_explicit(&traffic->waiting, streams, memory_order_relaxed) + streams;
    const int64_t all =
        atomic_fetch_add_explicit(&total->waiting, streams, memory_order_relaxed) + streams;
    if (is_in_bounds(traffic, own, all)) {
        return true;
    }
    if (atomic_load_explicit(&total->is_idle, memory_order_relaxed) &&
        is_in_bounds(traffic, streams, streams)) {
        atomic_store_explicit(&traffic->waiting, streams, memory_order_relaxed);
        atomic_store_explicit(&total->waiting, streams, memory_order_relaxed);
        return true;
    }
    (void)reduce_shared(&traffic->waiting, streams);
    (void)reduce_shared(&total->waiting, streams);
    return false;
}

/* Counts resets of new streams, or says that they are too many. */
static bool reset_streams(struct traffic *traffic, int64_t resets)
{
    const int64_t all = atomic_load_explicit(&total_of(traffic)->waiting, memory_order_relaxed);
    const int64_t own = atomic_load_explicit(&traffic->waiting, memory_order_relaxed);
    const bool is_behind = all - own >= TRAFFIC_BEHIND;
    traffic->used.resets += resets;
    traffic->used.all_resets += resets;
    return traffic->used.resets <= TRAFFIC_RESETS &&
           !(is_behind && traffic->used.all_resets > TRAFFIC_RESETS_BEHIND);
}

enum traffic_excess traffic_read(struct traffic *traffic, const void *bytes, size_t length)
{
    struct frame_counts counts = {.is_block_too_long = false};
    frame_meter_read(&traffic->frames, bytes, length, &counts);
    if (counts.is_block_too_long) {
        return TRAFFIC_HEADER_BLOCK;
    }
    if (counts.resets > 0 && !reset_streams(traffic, (int64_t)counts.resets)) {
        return TRAFFIC_RESET;
    }
    if (counts.streams > 0 && !open_streams(traffic, (int64_t)counts.streams)) {
        return TRAFFIC_WAITING;
    }
    traffic->used.points += (int64_t)counts.points;
    traffic->used.pings += (int64_t)counts.pings;
    const int64_t points = TRAFFIC_POINTS_BURST + traffic->limits.streams * TRAFFIC_POINTS_STREAM;
    return traffic->used.points > points || traffic->used.pings > TRAFFIC_PINGS ? TRAFFIC_FRAMES
                                                                                : TRAFFIC_IN_BOUNDS;
}

/* ---- What the server does, in any thread ----------------------------------------------------- */

void traffic_send(struct traffic *traffic, size_t bytes)
{
    (void)atomic_fetch_add_explicit(&traffic->sent, bytes, memory_order_relaxed);
}

void traffic_take_message(struct traffic *traffic)
{
    (void)atomic_fetch_add_explicit(&traffic->messages, 1, memory_order_relaxed);
}

void traffic_take_call(struct traffic *traffic)
{
    (void)atomic_fetch_add_explicit(&traffic->calls, 1, memory_order_relaxed);
    if (reduce_shared(&traffic->waiting, 1) > 0) {
        (void)reduce_shared(&total_of(traffic)->waiting, 1);
    }
}

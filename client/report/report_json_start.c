#include "client/report/report_json_start.h"

#include "client/report/report_json.h"
#include "shared/base/clock.h"
#include "shared/grpc/core_version.h"
#include "shared/page/json.h"

/* In the format of RFC 3339, in UTC, with milliseconds. */
static json_t *make_time(const struct timespec *time)
{
    char date[32];
    struct tm parts;
    if (gmtime_r(&time->tv_sec, &parts) == NULL ||
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
        return NULL;
    }
    return json_sprintf("%s.%03dZ", date, (int)(time->tv_nsec / NS_PER_MS));
}

/* The uuid of a single session; null with more sessions, each of which has a random uuid. */
static json_t *make_uuid(const struct plan *plan)
{
    if (plan->mode == CLIENT_STATELESS || plan->streams > 1 || plan->duration_ns > 0) {
        return json_null();
    }
    char uuid[UUID_TEXT_SIZE];
    uuid_format(&plan->uuid, uuid);
    return json_string(uuid);
}

static json_t *make_tls(const struct tls_plan *tls)
{
    return tls->is_on ? json_string(tls->skips_verification ? "unverified" : "verified")
                      : json_null();
}

/* The name that the server must prove; null if it has none, or need not. */
static json_t *make_tls_name(const struct tls_plan *tls)
{
    return tls->is_on && tls->name[0] != '\0' ? page_json_text(tls->name) : json_null();
}

static json_t *make_fail_on(const struct fail_on_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        page_json_append(&array, page_json_text(list->items[i].text));
    }
    return array;
}

static json_t *make_chaos(const struct chaos_plan *chaos)
{
    json_t *object = json_object();
    page_json_set(&object, "cut_ns", json_integer(chaos->cut_ns));
    page_json_set(&object, "stall_fraction", json_real(chaos->stall_fraction));
    page_json_set(&object, "seed", page_json_digits(chaos->seed));
    return object;
}

/* The names of the headers: their values may be secrets. */
static json_t *make_header_names(const struct header_list *headers)
{
    json_t *array = json_array();
    for (size_t i = 0; i < headers->count; i++) {
        page_json_append(&array, json_string(headers->items[i].name));
    }
    return array;
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : page_json_text(text);
}

static void set_channel(json_t **object, const struct channel_plan *channel)
{
    static const char *const families[] = {
        [ADDRESS_ANY] = NULL, [ADDRESS_IPV4] = "ipv4", [ADDRESS_IPV6] = "ipv6"};
    page_json_set(object, "address_family", text_or_null(families[channel->family]));
    page_json_set(object, "load_balancing",
                  json_string(channel->is_round_robin ? "round_robin" : "pick_first"));
    page_json_set(object, "headers", make_header_names(&channel->headers));
    page_json_set(object, "authority", text_or_null(channel->authority));
    page_json_set(object, "user_agent", text_or_null(channel->user_agent));
}

static void set_options(json_t **object, const struct plan *plan)
{
    bool has_last = plan->mode == CLIENT_STATEFUL_TEST_RECONNECT;
    bool has_limit = plan->max_lateness_ns != CLOCK_NEVER;
    page_json_set(object, "target", page_json_text(plan->target));
    page_json_set(object, "tls", make_tls(&plan->tls));
    page_json_set(object, "tls_server_name", make_tls_name(&plan->tls));
    set_channel(object, &plan->channel);
    page_json_set(object, "mode", json_string(client_mode_name(plan->mode)));
    page_json_set(object, "uuid", make_uuid(plan));
    page_json_set(object, "last", has_last ? page_json_count(plan->last) : json_null());
    page_json_set(object, "streams", page_json_count(plan->streams));
    page_json_set(object, "connections", page_json_count(plan->connections));
    page_json_set(object, "numbers", page_json_count(plan->n));
    page_json_set(object, "size", page_json_count(plan->size));
    page_json_set(object, "numbers_fit", json_boolean(plan->n_fits));
    page_json_set(object, "duration_ns", json_integer(plan->duration_ns));
    page_json_set(object, "interval_ns",
                  plan->interval_is_given ? json_integer(plan->interval_ns) : json_null());
    page_json_set(object, "rate_interval_ns",
                  plan->wish_ns == 0 ? json_null() : json_integer(plan->wish_ns));
    page_json_set(object, "ramp_ns", json_integer(plan->ramp_ns));
    page_json_set(object, "warmup_ns", json_integer(plan->warmup_ns));
    page_json_set(object, "max_lateness_ns",
                  has_limit ? json_integer(plan->max_lateness_ns) : json_null());
    page_json_set(object, "connect_timeout_ns", json_integer(plan->connect_timeout_ns));
    page_json_set(object, "retry_connect", json_boolean(plan->retries_connect));
    page_json_set(object, "retry_timeout_ns", json_integer(plan->retry_timeout_ns));
    page_json_set(object, "stall_timeout_ns", json_integer(plan->stall_timeout_ns));
    page_json_set(object, "report_every_ns", json_integer(plan->report_every_ns));
    page_json_set(object, "chaos", make_chaos(&plan->chaos));
    page_json_set(object, "fail_on", make_fail_on(&plan->fail_on));
}

json_t *report_json_start(const struct plan *plan, const struct timespec *began)
{
    json_t *object = json_object();
    page_json_set(&object, "schema_version", json_integer(REPORT_JSON_SCHEMA_VERSION));
    page_json_set(&object, "program", json_string("comms-client"));
    page_json_set(&object, "version", json_string(COMMS_VERSION));
    page_json_set(&object, "grpc_version", json_string(core_version_number()));
    page_json_set(&object, "began", make_time(began));
    set_options(&object, plan);
    return object;
}

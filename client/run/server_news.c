#include "client/run/server_news.h"

bool server_news_init(struct server_news *news, const struct plan *plan)
{
    *news = (struct server_news){.plan = plan};
    return pthread_mutex_init(&news->lock, NULL) == 0;
}

void server_news_cleanup(struct server_news *news)
{
    (void)pthread_mutex_destroy(&news->lock);
}

static void note_locked(struct server_news *news, const struct announcement *announcement)
{
    const unsigned now_due = server_notices_due(news->plan, announcement) & ~news->noted;
    for (int i = 0; i < SERVER_NOTICES; i++) {
        if ((now_due & 1U << i) != 0) {
            news->reasons[i] = *announcement;
        }
    }
    news->noted |= now_due;
    news->due |= now_due;
    if (!news->has_any) {
        news->has_any = true;
        news->first = *announcement;
    } else if (!announcement_equal(&news->first, announcement)) {
        news->differs = true;
    }
}

void server_news_note(struct server_news *news, const struct announcement *announcement)
{
    if (news != NULL) {
        (void)pthread_mutex_lock(&news->lock);
        note_locked(news, announcement);
        (void)pthread_mutex_unlock(&news->lock);
    }
}

bool server_news_take(struct server_news *news, char text[static SERVER_NOTICE_SIZE])
{
    (void)pthread_mutex_lock(&news->lock);
    int notice = 0;
    while (notice < SERVER_NOTICES && (news->due & 1U << notice) == 0) {
        notice++;
    }
    bool is_due = notice < SERVER_NOTICES;
    if (is_due) {
        news->due &= ~(1U << notice);
        server_notice_write((enum server_notice)notice, news->plan, &news->reasons[notice], text);
    }
    (void)pthread_mutex_unlock(&news->lock);
    return is_due;
}

bool server_news_take_first(struct server_news *news, struct announcement *ret_first)
{
    (void)pthread_mutex_lock(&news->lock);
    bool is_due = news->has_any && !news->has_told_first && news->first.has != 0;
    if (is_due) {
        news->has_told_first = true;
        *ret_first = news->first;
    }
    (void)pthread_mutex_unlock(&news->lock);
    return is_due;
}

void server_news_add_to_result(struct server_news *news, struct result *result)
{
    (void)pthread_mutex_lock(&news->lock);
    result->server = news->first;
    result->servers_differ = news->differs;
    result->interval_ns =
        news->has_any ? server_pace_interval(news->plan, &news->first) : news->plan->interval_ns;
    (void)pthread_mutex_unlock(&news->lock);
}

#include "server/sessions/session_list.h"

#include <stddef.h>

void session_list_add(struct session_list *list, struct session *session)
{
    session->list_next = NULL;
    session->list_previous = list->last;
    if (list->last == NULL) {
        list->first = session;
    } else {
        list->last->list_next = session;
    }
    list->last = session;
    list->count++;
}

void session_list_remove(struct session_list *list, struct session *session)
{
    list->count--;
    if (session->list_previous == NULL) {
        list->first = session->list_next;
    } else {
        session->list_previous->list_next = session->list_next;
    }
    if (session->list_next == NULL) {
        list->last = session->list_previous;
    } else {
        session->list_next->list_previous = session->list_previous;
    }
}

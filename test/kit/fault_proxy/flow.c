#include "test/kit/fault_proxy/flow.h"

#include <errno.h>
#include <sys/socket.h>

bool flow_fill(struct flow *flow)
{
    if (flow->ended || flow->start < flow->end) {
        return true;
    }
    flow->start = flow->limit = flow->end = 0;
    ssize_t got = recv(flow->from, flow->buffer, sizeof flow->buffer, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    flow->end = (size_t)got;
    flow->ended = got == 0;
    return true;
}

bool flow_drain(struct flow *flow)
{
    if (flow->start < flow->limit) {
        ssize_t sent =
            send(flow->to, flow->buffer + flow->start, flow->limit - flow->start, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        flow->start += (size_t)sent;
    }
    if (flow->ended && !flow->shut && flow->start == flow->end) {
        shutdown(flow->to, SHUT_WR);
        flow->shut = true;
    }
    return true;
}

bool flow_append(struct flow *flow)
{
    ssize_t got = recv(flow->from, flow->buffer + flow->end, sizeof flow->buffer - flow->end, 0);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    flow->end += (size_t)got;
    return true;
}

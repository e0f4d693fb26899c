/* What the status of a call means for the store. From any thread. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_STATUS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_STATUS_H

#include "server/stores/etcd/etcd_link.h"

#include <grpc/status.h>

#include <stdbool.h>

/* Logs a refusal for ever, one a second at most. */
enum etcd_status etcd_status_judge(grpc_status_code status, const char *details);

/* Whether etcd wants another token than it got, if any. */
bool etcd_status_is_about_token(grpc_status_code status, const char *details);

#endif

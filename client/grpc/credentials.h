/*
 * The credentials of TLS that all channels share: C core shakes hands, server_certificate judges
 * whom it shook hands with.
 */
#ifndef COMMS_CLIENT_GRPC_CREDENTIALS_H
#define COMMS_CLIENT_GRPC_CREDENTIALS_H

#include "client/plan.h"

#include <grpc/grpc.h>

#include <stdbool.h>

/*
 * For a plan with TLS, whose files client/options has checked; TLS 1.2 at least. NULL: memory is
 * missing. The caller releases them by grpc_channel_credentials_release; channels hold on to them.
 * After grpc_setup.
 */
grpc_channel_credentials *credentials_create(const struct tls_plan *tls);

/* Whether any server has come to the end of its handshake, whatever followed. For any thread. */
bool credentials_met_tls(void);

#endif

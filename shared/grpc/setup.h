/* Starts and ends C core, and takes its log lines into our log. For the main thread. */
#ifndef COMMS_SHARED_GRPC_SETUP_H
#define COMMS_SHARED_GRPC_SETUP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Starts C core: once, before other threads exist; grpc_teardown ends it. C core's log lines appear
 * at debug level only, because they repeat what the statuses say; its errors at most ten times a
 * second.
 */
void grpc_setup(void);

/*
 * Calls `refused` for every TLS handshake that fails on an error of TLS, with OpenSSL's reason,
 * such as `peer did not return a certificate`; C core does not say whose it was. In any thread.
 */
void grpc_report_handshakes(void (*refused)(const char *reason));

/*
 * Ends C core. All its objects must be destroyed before. Its own threads may live on for a moment,
 * such as after a connection that failed.
 */
void grpc_teardown(void);

/*
 * grpc_teardown that does not wait longer than `timeout_ns` nanoseconds: if a socket could not take
 * all bytes at once, C core has a thread that polls for up to 10 s, and its end waits for it.
 * False: the time is over, C core's threads still run, and the caller must end the process by
 * _exit.
 */
bool grpc_teardown_within(int64_t timeout_ns);

#endif

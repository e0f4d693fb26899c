/* Starts and ends C core, and takes its log lines into our log. For the main thread. */
#ifndef COMMS_SHARED_GRPC_SETUP_H
#define COMMS_SHARED_GRPC_SETUP_H

/*
 * Starts C core: once, before other threads exist; grpc_teardown ends it. C core's log lines appear
 * at debug level only, because they repeat what the statuses say.
 */
void grpc_setup(void);

/*
 * Ends C core. All its objects must be destroyed before. Its own threads may live on for a moment,
 * such as after a connection that failed.
 */
void grpc_teardown(void);

#endif

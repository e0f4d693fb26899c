/* C core, begun and ended in one place, with its own log lines going into ours. */
#ifndef COMMS_SHARED_GRPC_SETUP_H
#define COMMS_SHARED_GRPC_SETUP_H

/*
 * Starts C core. Before any other thread exists, and once; end with grpc_teardown.
 * C core's own lines appear at debug level only: they repeat what the statuses say, and hold bytes
 * that a peer sent.
 */
void grpc_setup(void);

/*
 * Ends C core. Every object of it must be gone. It may keep threads of its own for a moment longer,
 * after a connection that failed for instance.
 */
void grpc_teardown(void);

#endif

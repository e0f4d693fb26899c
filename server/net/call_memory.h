/*
 * The memory of C core's calls: stands in front of gpr_malloc_aligned and gpr_free_aligned, as
 * functions of the program with these names. C core has one such piece of memory for each call, and
 * none for anything else. It frees the piece when it is done with the call, which may be long after
 * the end of the connection.
 *
 * So the server knows how many calls there are, whatever has become of them
 * (traffic_watch_count_calls). What is freed is kept for the next calls, of whatever thread: from
 * malloc each thread would have a heap of its own, and each heap would grow to what a flood takes.
 */
#ifndef COMMS_SERVER_NET_CALL_MEMORY_H
#define COMMS_SERVER_NET_CALL_MEMORY_H

/* Frees what is kept. From any thread. */
void call_memory_give_back(void);

#endif

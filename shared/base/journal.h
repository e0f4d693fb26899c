/*
 * systemd's journal, which a service has as its standard error. The journal takes a line that
 * begins with <N> as a message of priority N (sd-daemon(3)).
 */
#ifndef COMMS_SHARED_BASE_JOURNAL_H
#define COMMS_SHARED_BASE_JOURNAL_H

#include <stdbool.h>

/*
 * Whether the descriptor leads to the journal: JOURNAL_STREAM of the environment has its device and
 * inode (systemd.exec(5)). A child of a service inherits the variable, and may have another
 * standard error. While nobody sets variables, from any thread.
 */
bool journal_is_at(int descriptor);

#endif

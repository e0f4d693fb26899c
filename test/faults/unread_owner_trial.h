/*
 * A hundred clients that CONTINUE a session whose owner reads nothing: one of them goes on, the
 * others get their status within a second, the owner's stream ends soon, and so does the server
 * when it is told to. For the test's own thread, with C core set up (guests_set_up).
 */
#ifndef COMMS_TEST_FAULTS_UNREAD_OWNER_TRIAL_H
#define COMMS_TEST_FAULTS_UNREAD_OWNER_TRIAL_H

enum unread_owner {
    OWNER_WITHOUT_WINDOW, /* its HTTP/2 window is closed */
    OWNER_STOPPED         /* its process is stopped, and its TCP window closes */
};

void unread_owner_trial(enum unread_owner kind);

#endif

#include "server/stores/file_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static _Thread_local sigjmp_buf *way_out; /* of the call that this thread is in; NULL: none */

void file_guard_break_off(void)
{
    if (way_out != NULL) {
        siglongjmp(*way_out, 1); /* NOLINT(cert-err52-cpp): a fault leaves no other way */
    }
}

/* A fault of anybody else ends the process, as ever: the default action meets it again. */
static void take_fault(int number)
{
    file_guard_break_off();
    (void)signal(number, SIG_DFL);
}

bool file_guard_prepare(void)
{
    struct sigaction action = {.sa_handler = take_fault};
    (void)sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, NULL) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
}

bool file_guard_call(void (*call)(void *argument), void *argument)
{
    sigjmp_buf here;
    if (sigsetjmp(here, 1) != 0) { /* NOLINT(cert-err52-cpp) */
        way_out = NULL;
        return false;
    }
    way_out = &here;
    call(argument);
    way_out = NULL;
    return true;
}

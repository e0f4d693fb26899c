#define _GNU_SOURCE /* syscall, SOCK_CLOEXEC */
#include "test/kit/programs/held_calls.h"

#include <check.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel may know longer structures than its header. */
union question {
    struct seccomp_notif notification;
    char bytes[512];
};
union answer {
    struct seccomp_notif_resp response;
    char bytes[512];
};

struct held_calls {
    int ours; /* a pair of sockets: the new process sends the listener by `theirs` */
    int theirs;
    int listener; /* the kernel asks here */
    int wake;     /* an event: look at the flags below again */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_held;
    atomic_bool is_over;
};

/* ---- In the new process ---------------------------------------------------------------------- */

/* One message of one byte, with the descriptor. */
struct passing {
    char byte;
    struct iovec vector;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message;
};

static void passing_init(struct passing *passing)
{
    memset(passing, 0, sizeof *passing);
    passing->vector = (struct iovec){.iov_base = &passing->byte, .iov_len = 1};
    passing->message = (struct msghdr){.msg_iov = &passing->vector,
                                       .msg_iovlen = 1,
                                       .msg_control = passing->control,
                                       .msg_controllen = sizeof passing->control};
}

static bool send_descriptor(int socket, int descriptor)
{
    struct passing passing;
    passing_init(&passing);
    struct cmsghdr *header = CMSG_FIRSTHDR(&passing.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &passing.message, MSG_NOSIGNAL) == 1;
}

bool held_calls_install(int socket)
{
    /* The number of the call decides. A program of another architecture has other numbers; those
     * under test are ours. */
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    return listener >= 0 && send_descriptor(socket, (int)listener);
}

/* ---- In the test ----------------------------------------------------------------------------- */

bool held_calls_are_possible(void)
{
    const uint32_t action = SECCOMP_RET_USER_NOTIF;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

struct held_calls *held_calls_create(void)
{
    int pair[2];
    struct held_calls *held = calloc(1, sizeof *held);
    ck_assert_ptr_nonnull(held);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    held->ours = pair[0];
    held->theirs = pair[1];
    held->listener = -1;
    held->wake = eventfd(0, EFD_CLOEXEC);
    ck_assert_int_ge(held->wake, 0);
    return held;
}

int held_calls_socket(const struct held_calls *held)
{
    return held->theirs;
}

/* Lets one call through. It may be gone by now, with its thread. */
static void let_through(const struct held_calls *held)
{
    union question question = {.bytes = {0}};
    union answer answer = {.bytes = {0}};
    if (ioctl(held->listener, SECCOMP_IOCTL_NOTIF_RECV, &question) == 0) {
        answer.response.id = question.notification.id;
        answer.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        (void)ioctl(held->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

static void *run(void *argument)
{
    struct held_calls *held = argument;
    while (!atomic_load(&held->is_over)) {
        const bool is_held = atomic_load(&held->is_held);
        struct pollfd polled[] = {{.fd = held->wake, .events = POLLIN},
                                  {.fd = is_held ? -1 : held->listener, .events = POLLIN}};
        uint64_t count;
        (void)poll(polled, 2, -1);
        if (polled[0].revents != 0 && read(held->wake, &count, sizeof count) < 0) {
            break;
        }
        const bool has_call = (polled[1].revents & POLLIN) != 0;
        if (has_call && !atomic_load(&held->is_held)) { /* not held since the poll began */
            let_through(held);
        } else if (!has_call && polled[1].revents != 0) {
            break; /* the program has ended */
        }
    }
    return NULL;
}

void held_calls_begin(struct held_calls *held)
{
    struct passing passing;
    close(held->theirs);
    held->theirs = -1;
    passing_init(&passing);
    ck_assert_int_eq(recvmsg(held->ours, &passing.message, MSG_CMSG_CLOEXEC), 1);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&passing.message);
    ck_assert_ptr_nonnull(header);
    memcpy(&held->listener, CMSG_DATA(header), sizeof held->listener);
    ck_assert_int_eq(pthread_create(&held->thread, NULL, run, held), 0);
    held->has_thread = true;
}

static void wake(struct held_calls *held)
{
    const uint64_t one = 1;
    ck_assert_int_eq(write(held->wake, &one, sizeof one), sizeof one);
}

void held_calls_hold(struct held_calls *held)
{
    atomic_store(&held->is_held, true);
    wake(held);
}

void held_calls_release(struct held_calls *held)
{
    atomic_store(&held->is_held, false);
    wake(held);
}

void held_calls_destroy(struct held_calls *held)
{
    if (held == NULL) {
        return;
    }
    if (held->has_thread) {
        atomic_store(&held->is_over, true);
        wake(held);
        ck_assert_int_eq(pthread_join(held->thread, NULL), 0);
    }
    const int descriptors[] = {held->ours, held->theirs, held->listener, held->wake};
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++) {
        if (descriptors[i] >= 0) {
            close(descriptors[i]);
        }
    }
    free(held);
}

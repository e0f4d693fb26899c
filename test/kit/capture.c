#include "test/kit/capture.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void capture_begin(struct capture *capture, int descriptor)
{
    char name[] = "/tmp/comms-capture-XXXXXX";
    fflush(NULL);
    capture->descriptor = descriptor;
    capture->saved = dup(descriptor);
    capture->file = mkstemp(name);
    ck_assert_int_ge(capture->saved, 0);
    ck_assert_int_ge(capture->file, 0);
    ck_assert_int_eq(unlink(name), 0);
    ck_assert_int_eq(dup2(capture->file, descriptor), descriptor);
}

void capture_end(struct capture *capture, char text[static CAPTURE_SIZE])
{
    fflush(NULL);
    ck_assert_int_eq(dup2(capture->saved, capture->descriptor), capture->descriptor);
    ck_assert_int_eq(close(capture->saved), 0);
    ssize_t length = pread(capture->file, text, CAPTURE_SIZE, 0);
    ck_assert_int_eq(close(capture->file), 0);
    ck_assert_int_ge(length, 0);
    ck_assert_int_lt(length, CAPTURE_SIZE);
    text[length] = '\0';
}

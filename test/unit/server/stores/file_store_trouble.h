/* A part of the suite of check_file_store.c. */
#ifndef COMMS_TEST_UNIT_SERVER_STORES_FILE_STORE_TROUBLE_H
#define COMMS_TEST_UNIT_SERVER_STORES_FILE_STORE_TROUBLE_H

#include <check.h>

/* The tests in which the file cannot be written. */
TCase *file_store_trouble_case(void);

#endif

/* Where the streams of a run went, on standard output. For one thread. */
#ifndef COMMS_CLIENT_REPORT_ADDRESS_TEXT_H
#define COMMS_CLIENT_REPORT_ADDRESS_TEXT_H

#include "client/measure/address_table.h"

/* Prints a line for each address, if there are several; it fits 40 columns unless an address is
 * long. */
void address_text_print(const struct address_table *table);

#endif

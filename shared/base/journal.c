#include "shared/base/journal.h"

#include "shared/base/number.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool journal_is_at(int descriptor)
{
    const char *device = getenv("JOURNAL_STREAM"); /* NOLINT(concurrency-mt-unsafe): see above */
    const char *colon = device == NULL ? NULL : strchr(device, ':');
    if (colon == NULL) {
        return false;
    }
    const char *inode = colon + 1;
    uint64_t device_number;
    uint64_t inode_number;
    struct stat status;
    return number_parse(device, (size_t)(colon - device), UINT64_MAX, &device_number) ==
               NUMBER_OK &&
           number_parse(inode, strlen(inode), UINT64_MAX, &inode_number) == NUMBER_OK &&
           fstat(descriptor, &status) == 0 && status.st_dev == device_number &&
           status.st_ino == inode_number;
}

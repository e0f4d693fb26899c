/* gRPC for JavaScript, the package @grpc/grpc-js of npm, which test/setup.sh unpacks into
 * build/grpc-js: it is missing where npm's registry cannot be reached. */
#ifndef COMMS_TEST_E2E_GRPC_JS_H
#define COMMS_TEST_E2E_GRPC_JS_H

#include <stdbool.h>

/* For people, where it is missing. */
extern const char grpc_js_missing[];

/* Whether it is there. In CI (CI=true) the test fails if it is not. */
bool grpc_js_is_there(void);

#endif

#include "test/e2e/grpc_js.h"

#include "test/kit/programs/paths.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char grpc_js_missing[] = "no @grpc/grpc-js here, see build/grpc-js.log";

bool grpc_js_is_there(void)
{
    static const char package[] = "build/grpc-js/node_modules/@grpc/grpc-js/package.json";
    const char *ci = getenv("CI");
    bool is_there = access(package, R_OK) == 0 && access(programs_node_path(), X_OK) == 0;
    ck_assert_msg(is_there || ci == NULL || strcmp(ci, "true") != 0, "%s", grpc_js_missing);
    return is_there;
}

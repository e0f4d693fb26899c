/* shared/page/json: which bytes of a text are replaced. */
#include "shared/page/json.h"
#include "test/suites.h"

#include <string.h>

/* Four bytes of those at which something changes: jansson, which takes only UTF-8, is the judge. */
START_TEST(only_what_is_not_utf8_is_replaced)
{
    static const char edges[] = "\x01\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf"
                                "\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
    const size_t count = sizeof edges - 1;
    for (size_t i = 0; i < count * count * count * count; i++) {
        const char bytes[] = {edges[i % count], edges[i / count % count],
                              edges[i / count / count % count], edges[i / count / count / count],
                              '\0'};
        json_t *strict = json_string(bytes);
        json_t *value = page_json_text(bytes);
        ck_assert_ptr_nonnull(value);
        if ((strcmp(json_string_value(value), bytes) == 0) != (strict != NULL)) {
            ck_abort_msg("%02x %02x %02x %02x", (unsigned char)bytes[0], (unsigned char)bytes[1],
                         (unsigned char)bytes[2], (unsigned char)bytes[3]);
        }
        json_decref(strict);
        json_decref(value);
    }
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, only_what_is_not_utf8_is_replaced);
    return suite;
}

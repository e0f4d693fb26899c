/* server/work/places: how many streams of each kind may live. */
#include "server/work/places.h"
#include "test/suites.h"

static const struct {
    uint64_t max_streams;
    uint64_t watches;
} quarters[] = {{1, 8}, {3, 8}, {4, 9}, {100, 33}, {3967, 999}, {3968, 1000}, {1000000, 1000}};

START_TEST(each_kind_has_its_places)
{
    for (size_t i = 0; i < sizeof quarters / sizeof *quarters; i++) {
        const uint64_t max = quarters[i].max_streams;
        ck_assert_uint_eq(places_of(SERVICE_PLACES_STREAMS, max), max);
        ck_assert_uint_eq(places_of(SERVICE_PLACES_WATCHES, max), quarters[i].watches);
        ck_assert_uint_eq(places_of(SERVICE_PLACES_CHECKS, max), 8);
        ck_assert_uint_eq(places_of(SERVICE_PLACES_REFLECTION, max), 8);
    }
}
END_TEST

Suite *places_suite(void)
{
    Suite *suite = suite_create("places");
    TCase *tcase = tcase_create("places");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, each_kind_has_its_places);
    return suite;
}

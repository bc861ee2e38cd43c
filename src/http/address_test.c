/* What limits per address count: one function for all of them. */
#include <string.h>

#include "core/test.h"

#include "http/address.h"

static const struct {
    const char *address, *counted;
} rows[] = {
    {"203.0.113.7", "203.0.113.7"},
    {"::ffff:203.0.113.7", "203.0.113.7"},
    {"::FFFF:cb00:7107", "203.0.113.7"},
    {"64:ff9b::203.0.113.7", "203.0.113.7"},
    {"203.0.113.8", "203.0.113.8"},
    {"2001:db8:0:1::", "2001:db8:0:1::/64"},
    {"2001:0db8:0:0001:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"},
    {"2001:db8:0:2::1", "2001:db8:0:2::/64"},
    {"::1", "::/64"},
    {"64:ff9b:1::1", "64:ff9b:1::/64"},
    {"", ""},
    {"203.0.113", "203.0.113"},
    {"fe80::1%eth0", "fe80::1%eth0"},
    {"2001:db8:0:1:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0",
     "2001:db8:0:1:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"},
};

static void a_household_is_counted_once(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_str(address_counted_text(&t, str_of(rows[i].address)), rows[i].counted);
        for (size_t j = 0; j < sizeof rows / sizeof *rows; j++) {
            uint64_t a[2], b[2];

            address_counted(str_of(rows[i].address), a);
            address_counted(str_of(rows[j].address), b);
            bool none = a[1] == ADDRESS_OTHER && b[1] == ADDRESS_OTHER;
            assert_int_equal(a[0] == b[0] && a[1] == b[1],
                             none || strcmp(rows[i].counted, rows[j].counted) == 0);
        }
    }
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_household_is_counted_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

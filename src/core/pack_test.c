#include "core/pack.h"

#include <string.h>

#include "core/test.h"

static const char effects[] =
    "{\"set\":{\"owner\":\"912327185295999031\",\"owner_post\":\"aid-officer\",\"back\":"
    "\"registered\",\"step\":\"examining\"},\"duties\":{\"1\":{\"n\":1,\"do\":\"hand-up\","
    "\"owed\":\"unit\",\"opened\":1,\"start\":1792728154037,\"limit\":\"3 working days\","
    "\"closed\":2,\"how\":\"done\"}}}";

static struct task task;

static int begin(void **state)
{
    task_begin(&task, NULL, TEST_NOW, (size_t)1 << 30);
    *state = &task;
    return 0;
}

static int end(void **state)
{
    task_end(*state);
    return 0;
}

static void check_same(struct task *t, struct str text)
{
    struct str packed = text_pack(t, text), back;

    assert_int_equal(text_unpack(t, packed, &back), OK);
    assert_true(str_eq(back, text));
}

static void packs(void **state)
{
    struct task *t = *state;
    struct str text = str_of(effects);

    check_same(t, text);
    assert_true(text_pack(t, text).len * 3 < text.len);
    check_same(t, S(""));
    check_same(t, S("{}"));
    check_same(t, S("\x01 begins like what is packed"));
    char *noise = NEW(t, char, 100000);
    random_bytes(noise, 100000);
    for (size_t n = 1; n < 100000; n = n * 3 + 1)
        check_same(t, (struct str){noise, n});
    assert_int_equal(text_pack(t, S("{}")).len, 2);
}

/* Texts of a first release stand as they are. */
static void leaves_what_is_not_packed(void **state)
{
    struct task *t = *state;
    struct str text;

    assert_int_equal(text_unpack(t, str_of(effects), &text), OK);
    assert_string_equal(str_terminated(t, text), effects);
}

/* What was packed with the first table opens for ever. */
static void opens_what_was_packed(void **state)
{
    static const unsigned char packed[] = {
        0x01, 0x20, 0xee, 0xed, 0x01, 0x00, 0x13, 0x82, 0x04, 0xff, 0x2c, 0x5b, 0x1f, 0xdc,
        0xc9, 0x92, 0x77, 0xb7, 0xd5, 0xdd, 0xa1, 0x33, 0x9c, 0x2b, 0xb9, 0x79, 0x3d, 0x0f,
        0xfc, 0xa0, 0xe1, 0x6f, 0xdb, 0x2e, 0x1c, 0x98, 0xb2, 0x37, 0x4c, 0xb6, 0x0a, 0xbc,
        0xae, 0x6d, 0x45, 0x2b, 0x14, 0xe8, 0x22, 0x40, 0xd1, 0x9d, 0x8f, 0x3c, 0xc2, 0xc2,
        0x05, 0x5f, 0xc8, 0x83, 0xaa, 0xfa, 0xff, 0x05, 0xf5, 0xe0, 0x4f};
    struct task *t = *state;
    struct str text;

    assert_int_equal(text_unpack(t, (struct str){(const char *)packed, sizeof packed}, &text), OK);
    assert_string_equal(str_terminated(t, text), effects);
}

static void refuses_what_is_damaged(void **state)
{
    struct task *t = *state;
    struct str packed = text_pack(t, str_of(effects)), text;
    char *copy = str_terminated(t, packed);

    for (size_t n = 1; n < packed.len; n++)
        assert_int_equal(text_unpack(t, str_first(packed, n), &text), ERR_STORE);
    /* Any byte: never more than a wrong text of bounded length. */
    for (size_t i = 1; i < packed.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            copy[i] = (char)(packed.at[i] ^ 1 << bit);
            if (text_unpack(t, (struct str){copy, packed.len}, &text) == OK)
                assert_true(text.len <= 4096 * 64);
            copy[i] = packed.at[i];
        }
}

static void seals(void **state)
{
    struct task *t = *state;
    struct key key = key_random();
    struct str sealed = text_seal(t, &key, S("here"), str_of(effects)), text;

    assert_true(sealed.len < sizeof effects / 2);
    assert_int_equal(text_open(t, &key, S("here"), sealed, &text), OK);
    assert_string_equal(str_terminated(t, text), effects);
    assert_int_equal(text_open(t, &key, S("there"), sealed, &text), ERR_STORE);
    sealed = crypto_seal(t, &key, S("here"), str_of(effects));
    assert_int_equal(text_open(t, &key, S("here"), sealed, &text), OK);
    assert_string_equal(str_terminated(t, text), effects);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packs, begin, end),
        cmocka_unit_test_setup_teardown(leaves_what_is_not_packed, begin, end),
        cmocka_unit_test_setup_teardown(opens_what_was_packed, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_damaged, begin, end),
        cmocka_unit_test_setup_teardown(seals, begin, end),
    };
    return cmocka_run_group_tests_name("core_pack", tests, NULL, NULL);
}

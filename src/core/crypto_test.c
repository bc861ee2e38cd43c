#include "core/crypto.h"

#include <openssl/evp.h>
#include <string.h>

#include "core/test.h"

static struct task t;
static struct key counting; /* 00 01 02 ... 1f */

static int begin(void **state)
{
    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < KEY_BYTES; i++)
        counting.bytes[i] = (unsigned char)i;
    crypto_set_suite(SUITE_INTERNATIONAL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    task_end(&t);
    return 0;
}

/* GB/T 32905 and GB/T 32907: that the installed library is the one we mean. */
static void the_library_knows_the_chinese_vectors(void **state)
{
    unsigned char hash[32], text[16], out[32];
    unsigned int n;
    int len;
    struct str key;

    (void)state;
    assert_true(EVP_Digest("abc", 3, hash, &n, EVP_sm3(), NULL));
    assert_str(str_hex(&t, hash, n),
               "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_true(EVP_Digest("", 0, hash, &n, EVP_sm3(), NULL));
    assert_str(str_hex(&t, hash, n),
               "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    assert_true(str_unhex(&t, S("0123456789abcdeffedcba9876543210"), &key));
    memcpy(text, key.at, 16);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_true(EVP_EncryptInit_ex2(ctx, EVP_sm4_ecb(), text, NULL, NULL));
    assert_true(EVP_EncryptUpdate(ctx, out, &len, text, 16));
    EVP_CIPHER_CTX_free(ctx);
    assert_str(str_hex(&t, out, 16), "681edf34d206965e86b3e94f536e4246");
}

/* Computed apart, with another program, over the length-prefixed parts "abc" and "". */
static void hashes_and_derived_keys_have_their_known_values(void **state)
{
    static const struct {
        enum crypto_suite suite;
        const char *hash, *mac, *derived;
    } rows[] = {
        {SUITE_INTERNATIONAL, "3e2f8940c3a0e0fd6f6e07bbf07f015dd7c147431e5fa14bf3f225d782641540",
         "cc42fccb2ecc37765d6477bdc196d3af7f6baadfa49dfecb3e2e14a0497941ea",
         "f87f0cdaf9e86566bca046319fee067323e54c625570ab13fb26f09e066944b0"},
        {SUITE_CHINESE, "ce88adce8a129bad22d95b0034380a9cb74afd0aa265b1b815be1ac831b910ea",
         "b53dc74afb58ed59de9508337d4770248e854d77c80d8b8d86860fa402b2811a",
         "e63cd2d3636e5b843733a9e9e8d17cf7648ca2f9ee0ecfdbadbabe0fe53d3480"},
    };
    const struct str parts[] = {S("abc"), S("")};
    unsigned char got[HASH_BYTES];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        crypto_set_suite(rows[i].suite);
        crypto_digest(parts, 2, got);
        assert_str(str_hex(&t, got, sizeof got), rows[i].hash);
        crypto_hmac(&counting, parts, 2, got);
        assert_str(str_hex(&t, got, sizeof got), rows[i].mac);
        struct key derived = key_derive(&counting, "look-up");
        assert_str(str_hex(&t, derived.bytes, KEY_BYTES), rows[i].derived);
        struct key other = key_derive(&counting, "tracking");
        assert_false(crypto_equal(derived.bytes, other.bytes, KEY_BYTES));
    }
}

static void parts_cannot_be_shifted(void **state)
{
    unsigned char a[HASH_BYTES], b[HASH_BYTES];

    (void)state;
    crypto_digest((struct str[]){S("ab"), S("c")}, 2, a);
    crypto_digest((struct str[]){S("a"), S("bc")}, 2, b);
    assert_false(crypto_equal(a, b, HASH_BYTES));
    crypto_digest((struct str[]){S("abc")}, 1, b);
    assert_false(crypto_equal(a, b, HASH_BYTES));
}

static enum err try_open(const struct key *key, struct str place, struct str sealed,
                         struct str *ret_plain)
{
    task_clear_error(&t);
    return crypto_open(&t, key, place, sealed, ret_plain);
}

static void what_is_sealed_opens_in_its_place_alone(void **state)
{
    static const struct str plains[] = {STR_INIT(""), STR_INIT("x"),
                                        STR_INIT("王某某 990101199003074024")};

    (void)state;
    for (enum crypto_suite suite = SUITE_INTERNATIONAL; suite <= SUITE_CHINESE; suite++) {
        for (size_t i = 0; i < 3; i++) {
            struct key other = key_random();
            struct str plain = {"untouched", 9};
            crypto_set_suite(suite);
            struct str sealed = crypto_seal(&t, &counting, S("order/7"), plains[i]);

            assert_true(sealed.len - plains[i].len <= SEAL_OVERHEAD_MAX);
            assert_int_equal(sealed.at[0], suite);
            /* Opening goes by the first byte, whatever suite is chosen now. */
            crypto_set_suite(SUITE_INTERNATIONAL);
            assert_int_equal(try_open(&other, S("order/7"), sealed, &plain), ERR_STORE);
            assert_int_equal(try_open(&counting, S("order/8"), sealed, &plain), ERR_STORE);
            assert_int_equal(try_open(&counting, S(""), sealed, &plain), ERR_STORE);
            assert_str(plain, "untouched");
            assert_int_equal(try_open(&counting, S("order/7"), sealed, &plain), OK);
            assert_true(str_eq(plain, plains[i]));
        }
    }
}

/* Every byte counts, and every length. */
static void a_changed_seal_does_not_open(void **state)
{
    struct str plain;

    (void)state;
    for (enum crypto_suite suite = SUITE_INTERNATIONAL; suite <= SUITE_CHINESE; suite++) {
        crypto_set_suite(suite);
        struct str sealed = crypto_seal(&t, &counting, S("p"), S("twelve bytes"));
        for (size_t i = 0; i < sealed.len; i++) {
            char *changed = str_terminated(&t, sealed);
            changed[i] ^= 1;
            assert_int_equal(try_open(&counting, S("p"), (struct str){changed, sealed.len}, &plain),
                             ERR_STORE);
            assert_int_equal(try_open(&counting, S("p"), str_first(sealed, i), &plain), ERR_STORE);
        }
        char *longer = str_terminated(&t, sealed); /* one byte more: its terminator */
        assert_int_equal(try_open(&counting, S("p"), (struct str){longer, sealed.len + 1}, &plain),
                         ERR_STORE);
    }
}

static void sealing_twice_gives_two_texts(void **state)
{
    (void)state;
    for (enum crypto_suite suite = SUITE_INTERNATIONAL; suite <= SUITE_CHINESE; suite++) {
        crypto_set_suite(suite);
        struct str a = crypto_seal(&t, &counting, S("p"), S("same"));
        struct str b = crypto_seal(&t, &counting, S("p"), S("same"));
        assert_false(str_eq(a, b));
    }
}

static void a_key_is_wrapped_by_another(void **state)
{
    struct key tenant = key_random(), order = key_random(), back = {{0}};
    struct str wrapped = key_wrap(&t, &tenant, S("tenant/1/order/7"), &order);

    (void)state;
    assert_int_equal(key_unwrap(&t, &tenant, S("tenant/1/order/7"), wrapped, &back), OK);
    assert_memory_equal(back.bytes, order.bytes, KEY_BYTES);
    assert_int_equal(key_unwrap(&t, &order, S("tenant/1/order/7"), wrapped, &back), ERR_STORE);
    task_clear_error(&t);
    wrapped = crypto_seal(&t, &tenant, S("p"), S("not a key"));
    assert_int_equal(key_unwrap(&t, &tenant, S("p"), wrapped, &back), ERR_STORE);
    key_clear(&back);
    assert_memory_equal(back.bytes, (struct key){{0}}.bytes, KEY_BYTES);
}

static void codes_are_typed_as_people_type(void **state)
{
    static const struct {
        const char *typed, *normal;
    } rows[] = {
        {"7Q4M-9KXD-2HVP-6T3W", "7Q4M9KXD2HVP6T3W"},
        {" 7q4m 9kxd 2hvp 6t3w ", "7Q4M9KXD2HVP6T3W"},
        {"o0iIlL1", "0011111"},
        {"７Ｑ４Ｍ－９ｋｘｄ", "7Q4M9KXD"},
        {"7Q4U", ""},
        {"7Q4M*", ""},
        {"王", ""},
        {"", ""},
    };
    struct str code = random_code(&t, 4);

    (void)state;
    assert_int_equal(code.len, 19);
    assert_false(str_eq(code, random_code(&t, 4)));
    assert_int_equal(code_normalise(&t, code).len, 16);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_str(code_normalise(&t, str_of(rows[i].typed)), rows[i].normal);
}

/* RFC 4648 section 10, without padding, and the two characters that differ. */
static void base64url_goes_both_ways(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    static const char *const wrong[] = {"A",        "Zg==",    "Zh",   "Zm9",
                                        "Zm9vYmF+", "Zm9v Yg", "Z\ng", "+/"};
    struct str bytes;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_str(base64url(&t, rows[i].bytes, strlen(rows[i].bytes)), rows[i].text);
        assert_true(base64url_decode(&t, str_of(rows[i].text), &bytes));
        assert_str(bytes, rows[i].bytes);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base64url_decode(&t, str_of(wrong[i]), &bytes))
            fail_msg("accepted %s", wrong[i]);
}

/* RFC 8032 7.1, test 3: that our key is the seed that others mean. */
static void a_signature_has_its_known_value(void **state)
{
    struct str seed, known;
    struct key key;

    (void)state;
    assert_true(str_unhex(&t, S("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
                          &seed));
    memcpy(key.bytes, seed.at, KEY_BYTES);
    assert_true(str_unhex(&t,
                          S("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
                          &known));
    assert_true(str_eq(sign_text(&t, &key, S("\xaf\x82")), known));
}

static void a_signature_fits_its_text_and_its_key_alone(void **state)
{
    struct key other = key_random();

    (void)state;
    for (int suite = SUITE_INTERNATIONAL; suite <= SUITE_CHINESE; suite++) {
        crypto_set_suite((enum crypto_suite)suite);
        struct str public = sign_public(&t, &counting), stranger = sign_public(&t, &other);
        struct str signature = sign_text(&t, &counting, S("封存"));
        char *bent = str_terminated(&t, signature);

        assert_true(str_eq(public, sign_public(&t, &counting)));
        /* Who checks has no suite of ours. */
        crypto_set_suite(SUITE_INTERNATIONAL);
        assert_true(sign_check(public, S("封存"), signature));
        assert_false(sign_check(public, S("封存 "), signature));
        assert_false(sign_check(stranger, S("封存"), signature));
        assert_false(sign_check(S("no key"), S("封存"), signature));
        assert_false(sign_check(public, S("封存"), S("")));
        bent[signature.len - 1] ^= 1;
        assert_false(sign_check(public, S("封存"), (struct str){bent, signature.len}));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_library_knows_the_chinese_vectors, begin, end),
        cmocka_unit_test_setup_teardown(hashes_and_derived_keys_have_their_known_values, begin,
                                        end),
        cmocka_unit_test_setup_teardown(parts_cannot_be_shifted, begin, end),
        cmocka_unit_test_setup_teardown(what_is_sealed_opens_in_its_place_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_changed_seal_does_not_open, begin, end),
        cmocka_unit_test_setup_teardown(sealing_twice_gives_two_texts, begin, end),
        cmocka_unit_test_setup_teardown(a_key_is_wrapped_by_another, begin, end),
        cmocka_unit_test_setup_teardown(codes_are_typed_as_people_type, begin, end),
        cmocka_unit_test_setup_teardown(base64url_goes_both_ways, begin, end),
        cmocka_unit_test_setup_teardown(a_signature_has_its_known_value, begin, end),
        cmocka_unit_test_setup_teardown(a_signature_fits_its_text_and_its_key_alone, begin, end),
    };
    return cmocka_run_group_tests_name("core_crypto", tests, NULL, NULL);
}

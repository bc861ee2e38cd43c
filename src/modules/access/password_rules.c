/* What makes a new password too weak. */
#include "modules/access/staff.h"

#include "core/crypto.h"

struct str password_random(struct task *t)
{
    return random_code(t, 4);
}

/* What is left of a common password when digits and signs at both ends are taken away. */
static const char *const common_stems[] = {
    "password",  "passw",   "qwerty",     "qwertyuiop",    "asdfghjkl", "zxcvbnm",  "qazwsx",
    "qazwsxedc", "admin",   "manager",    "root",          "system",    "letmein",  "welcome",
    "iloveyou",  "woaini",  "yimen",      "changeme",      "default",   "secret",   "abc",
    "abcdef",    "abcd",    "abcdefg",    "test",          "user",      "guest",    "master",
    "monkey",    "dragon",  "sunshine",   "football",      "p@ssw0rd",  "p@ssword", "passw0rd",
    "pass",      "login",   "sifaju",     "sifa",          "falv",      "gongfu",   "zhongguo",
    "china",     "beijing", "government", "administrator", "superman",
};
static const char *const common_runs[] = {
    "01234567890123456789",       "98765432109876543210",
    "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "abcdefghijklmnopqrstuvwxyz",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_common(struct str folded)
{
    size_t begin = 0, end = folded.len;

    while (begin < end && !is_letter(folded.at[begin]))
        begin++;
    while (end > begin && !is_letter(folded.at[end - 1]))
        end--;
    struct str stem = {folded.at + begin, end - begin};
    if (!stem.len) /* digits and signs only: dates, phone numbers, 1234567890 */
        return folded.len < 16;
    for (size_t i = 0; i < sizeof common_stems / sizeof *common_stems; i++) {
        if (str_is(stem, common_stems[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof common_runs / sizeof *common_runs; i++) {
        if (str_find(str_of(common_runs[i]), folded) != SIZE_MAX)
            return true;
    }
    return false;
}

static bool has_few_characters(struct str password)
{
    bool seen[256] = {false};
    int different = 0;

    for (size_t i = 0; i < password.len; i++) {
        unsigned char c = (unsigned char)password.at[i];

        different += !seen[c];
        seen[c] = true;
    }
    return different < 5;
}

const char *password_fault(struct task *t, struct str password, struct str login)
{
    if (!utf8_valid(password))
        return "密码里有不能识别的字符";
    size_t length = utf8_length(password);
    if (length < PASSWORD_LEAST)
        return "密码至少 10 个字符；一句自己记得住的话就很好";
    if (length > PASSWORD_MOST)
        return "密码最多 200 个字符";

    char *folded = str_terminated(t, password);
    for (size_t i = 0; i < password.len; i++)
        folded[i] = lower(folded[i]);
    struct str small = {folded, password.len};
    if (login.len >= 3 && str_find(small, login) != SIZE_MAX)
        return "密码里不能有自己的登录名";
    if (has_few_characters(password))
        return "密码里重复的字符太多";
    if (is_common(small))
        return "这个密码太常见，容易被猜中，请换一个";
    return NULL;
}

/* The form of a person or firm, and an identity as JSON. */
#include "modules/party/party.h"

#include "core/text.h"

#define IDENTITY(member, type, title) FIELD(struct identity, member, type, title)

static const struct field identity_fields[] = {
    IDENTITY(kind, F_STR, "类别"),
    IDENTITY(name, F_STR, "姓名或名称"),
    IDENTITY(paper, F_STR, "证件类型"),
    IDENTITY(paper_number, F_STR, "证件号码"),
    IDENTITY(phone, F_STR, "联系电话"),
    IDENTITY(address, F_STR, "地址"),
    IDENTITY(contact, F_STR, "联系人"),
    IDENTITY(sex, F_STR, "性别"),
    IDENTITY(birth, F_DAY, "出生日期"),
    IDENTITY(household, F_STR, "户号或同住家庭"),
    IDENTITY(employer, F_STR, "工作单位"),
    IDENTITY(green, F_STR, "绿色通道情形"),
    IDENTITY(no_message, F_BOOL, "不得留言"),
    {0},
};
const struct shape identity_shape = {"identity", sizeof(struct identity), identity_fields};

const struct choice party_kinds[] = {
    {"person", "个人"}, {"firm", "单位"}, {"other", "其他组织"}, {NULL, NULL}};

const struct choice party_papers[] = {
    {"id-card", "居民身份证"},
    {"residence-permit", "港澳台居民居住证"},
    {"hk-mo-tw-permit", "港澳台居民来往内地（大陆）通行证"},
    {"passport", "护照"},
    {"household-book", "户口簿"},
    {"credit-code", "统一社会信用代码"},
    {"none", "没带证件"},
    {NULL, NULL},
};

const struct choice party_green_classes[] = {
    {"low-income", "低收入家庭"},
    {"disabled", "残疾人"},
    {"migrant-worker", "农民工"},
    {"elderly", "老年人"},
    {"minor", "未成年人"},
    {"woman", "妇女"},
    {"soldier-family", "军人及其家属"},
    {"veteran", "退役军人"},
    {NULL, NULL},
};

static const struct choice sexes[] = {{"男", "男"}, {"女", "女"}, {NULL, NULL}};

static const struct ask party_asks[] = {
    {"kind", "类别", ASK_CHOICE, false, .choices = party_kinds},
    {"name", "姓名或名称", ASK_TEXT, false, .max = 100},
    {"paper", "证件类型", ASK_CHOICE, false, .choices = party_papers},
    {"paper_number", "证件号码", ASK_TEXT, false, .max = 40},
    {"phone", "联系电话", ASK_PHONE, false},
    {"address", "地址", ASK_TEXT, false, .max = 200},
    {"contact", "联系人", ASK_TEXT, false, .max = 60, .hint = "单位填写由谁联系"},
    {"sex", "性别", ASK_CHOICE, false, .choices = sexes, .hint = "有身份证号的自动得出"},
    {"birth", "出生日期", ASK_DAY, false, .hint = "有身份证号的自动得出"},
    {"household", "户号或同住家庭", ASK_TEXT, false, .max = 100},
    {"employer", "工作单位", ASK_TEXT, false, .max = 100},
    {"green", "绿色通道情形", ASK_CHOICES, false, .choices = party_green_classes},
    {"no_message", "不得留言、不得由他人转告", ASK_BOOL, false},
    {NULL},
};
const struct form party_form = {"party", party_asks};

static struct str title_of(const struct choice *choices, struct str word)
{
    for (; choices->value; choices++) {
        if (str_is(word, choices->value))
            return str_of(choices->title);
    }
    return word;
}

struct str party_paper_title(struct str paper)
{
    return title_of(party_papers, paper);
}

struct str party_green_title(struct str word)
{
    return title_of(party_green_classes, word);
}

static void field_error(struct task *t, struct str prefix, const char *field, const char *message)
{
    task_field_error(t, str_join(t, prefix, str_of(field)), "%s", tr(t, message));
}

/* Passports, permits and books have no check digit: letters and digits, of a sane length. */
static const char *check_other_paper(struct task *t, struct str number, struct str *ret_normal)
{
    char *normal = str_terminated(t, number);
    size_t len = 0;

    for (size_t i = 0; i < number.len; i++) {
        char c = number.at[i];

        if (c == ' ' || c == '-')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return "证件号码只能有字母和数字";
        normal[len++] = c;
    }
    if (len < 5 || len > 30)
        return "证件号码的长度不对，请对照证件核对";
    *ret_normal = (struct str){normal, len};
    return NULL;
}

static const char *check_number(struct task *t, struct str paper, struct str number,
                                struct str *ret_normal)
{
    if (str_is(paper, "id-card") || str_is(paper, "residence-permit"))
        return check_id_number(t, number, ret_normal);
    if (str_is(paper, "credit-code"))
        return check_credit_code(t, number, ret_normal);
    return check_other_paper(t, number, ret_normal);
}

/* What was not said but follows: a number of 18 characters without a kind of paper. */
static struct str paper_of(const struct json *clean, struct str kind)
{
    struct str paper = json_get_str(clean, "paper");

    if (paper.len || !json_get_str(clean, "paper_number").len)
        return paper;
    return str_is(kind, "firm") ? S("credit-code") : S("id-card");
}

static struct str kind_of(const struct json *clean)
{
    struct str kind = json_get_str(clean, "kind");

    if (kind.len)
        return kind;
    return str_is(json_get_str(clean, "paper"), "credit-code") ? S("firm") : S("person");
}

void party_check(struct task *t, struct str prefix, struct json *clean)
{
    if (!clean)
        return;
    struct str kind = kind_of(clean);
    struct str number = json_get_str(clean, "paper_number");
    struct str paper = paper_of(clean, kind);
    struct str normal;

    if (number.len && str_is(paper, "none")) {
        field_error(t, prefix, "paper", "填了证件号码，请选择证件类型");
    } else if (number.len) {
        const char *fault = check_number(t, paper, number, &normal);

        if (fault)
            field_error(t, prefix, "paper_number", fault);
        else
            json_put_str(t, clean, "paper_number", normal);
    } else if (paper.len && !str_is(paper, "none")) {
        field_error(t, prefix, "paper_number", "请填写证件号码；没带证件就选“没带证件”");
    }
    if (str_is(kind, "person") && str_is(paper, "credit-code"))
        field_error(t, prefix, "paper", "统一社会信用代码是单位的，请把类别改为“单位”");
    if (str_is(kind, "firm") && paper.len && !str_is(paper, "credit-code") &&
        !str_is(paper, "none"))
        field_error(t, prefix, "paper", "单位请用统一社会信用代码");
    if (!json_get_str(clean, "name").len && (number.len || json_get_str(clean, "phone").len))
        field_error(t, prefix, "name", "请填写姓名或名称");
    json_put_str(t, clean, "kind", kind);
    if (paper.len)
        json_put_str(t, clean, "paper", paper);
}

static struct str joined(struct task *t, const struct json *words)
{
    struct buf b = buf_new(t, 1024);

    if (words && words->kind == JSON_STRING)
        return words->text;
    JSON_EACH (word, words) {
        if (b.len)
            buf_add_char(&b, ',');
        buf_add(&b, json_as_str(word));
    }
    return buf_str(&b);
}

struct identity identity_from_json(struct task *t, const struct json *json)
{
    struct identity identity = {
        .kind = kind_of(json),
        .name = json_get_str(json, "name"),
        .paper = paper_of(json, kind_of(json)),
        .paper_number = json_get_str(json, "paper_number"),
        .phone = json_get_str(json, "phone"),
        .address = json_get_str(json, "address"),
        .contact = json_get_str(json, "contact"),
        .sex = json_get_str(json, "sex"),
        .birth = DAY_NONE,
        .household = json_get_str(json, "household"),
        .employer = json_get_str(json, "employer"),
        .green = joined(t, json_get(json, "green")),
        .no_message = json_get_bool(json, "no_message"),
    };

    if (!identity.paper.len)
        identity.paper = S("none");
    if (!day_parse(json_get_str(json, "birth"), &identity.birth))
        identity.birth = DAY_NONE;
    return identity;
}

struct identity party_identity(struct task *t, const struct json *clean)
{
    struct identity identity = identity_from_json(t, clean);
    bool has_id_number =
        (str_is(identity.paper, "id-card") || str_is(identity.paper, "residence-permit")) &&
        identity.paper_number.len == 18;

    if (has_id_number) {
        identity.birth = id_number_birth(identity.paper_number);
        identity.sex = id_number_female(identity.paper_number) ? S("女") : S("男");
    }
    return identity;
}

struct json *identity_json(struct task *t, const struct identity *identity)
{
    struct json *json = json_object(t);

    json_put_str(t, json, "kind", identity->kind);
    json_put_str(t, json, "name", identity->name);
    json_put_str(t, json, "paper", identity->paper);
    json_put_str(t, json, "paper_number", identity->paper_number);
    json_put_str(t, json, "phone", identity->phone);
    json_put_str(t, json, "address", identity->address);
    json_put_str(t, json, "contact", identity->contact);
    json_put_str(t, json, "sex", identity->sex);
    json_put_str(t, json, "birth", day_text(t, identity->birth));
    json_put_str(t, json, "household", identity->household);
    json_put_str(t, json, "employer", identity->employer);
    json_put_str(t, json, "green", identity->green);
    json_put_bool(t, json, "no_message", identity->no_message);
    return json;
}

bool identity_is_anonymous(const struct identity *identity)
{
    return !identity->name.len && !identity->paper_number.len && !identity->phone.len;
}

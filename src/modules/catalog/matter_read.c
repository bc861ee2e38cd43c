#include "core/task.h"
#include "modules/catalog/catalog_private.h"

/* --- Closed words ---------------------------------------------------------------------------- */

static const struct rule tier_words[] = {{"city", "市中心"},
                                         {"town", "镇街中心"},
                                         {"village", "村居站"},
                                         {"park", "园区站"},
                                         {NULL, NULL}};

static const struct rule treatment_words[] = {
    {"handle", "办理"}, {"receive", "收件"}, {"guide", "指引"}, {NULL, NULL}};

static const struct rule kind_words[] = {{"consult", "法律咨询"},
                                         {"mediation", "人民调解"},
                                         {"aid", "法律援助"},
                                         {"notary", "公证"},
                                         {"appraisal", "司法鉴定"},
                                         {"arbitration", "仲裁"},
                                         {"reconsideration", "行政复议"},
                                         {"resettlement", "安置帮教"},
                                         {"legislation", "立法意见"},
                                         {"review", "公民审查建议"},
                                         {"publicity", "法治宣传"},
                                         {"information", "信息查询"},
                                         {"firm", "企业服务"},
                                         {"admin", "行政事项"},
                                         {"elsewhere", "应找其他机关"},
                                         {"voice", "投诉建议"},
                                         {"internal", "内部管理"},
                                         {NULL, NULL}};

static const struct rule difficulty_words[] = {
    {"simple", "简单"}, {"ordinary", "一般"}, {"complex", "复杂"}, {NULL, NULL}};

static const struct rule green_words[] = {{"low-income", "低收入家庭"},
                                          {"disabled", "残疾人"},
                                          {"migrant-worker", "农民工"},
                                          {"elderly", "老年人"},
                                          {"minor", "未成年人"},
                                          {"woman", "妇女"},
                                          {"soldier-family", "军人及其家属"},
                                          {"veteran", "退役军人"},
                                          {NULL, NULL}};

/* Legal risks that a window must see before it takes a matter in (W2). */
static const struct rule risk_words[] = {{"limitation", "时效临近要先提醒"},
                                         {"violence", "家庭暴力：分开接待，安全联系"},
                                         {"group", "多人，留意代表和授权"},
                                         {"minor", "涉及未成年人，要有监护人"},
                                         {"capacity", "核对行为能力"},
                                         {"inheritance", "查清全部继承人"},
                                         {"share-transfer", "股东死亡、股权继承"},
                                         {"representative", "法定代表人变更有争议"},
                                         {"forged", "留意冒名、伪造材料"},
                                         {"identity-status", "身份关系不能司法确认"},
                                         {"criminal", "可能涉及犯罪"},
                                         {"not-mediable", "不能调解的，依法移送"},
                                         {"preservation", "可能要财产保全"},
                                         {"escalation", "有激化可能"},
                                         {NULL, NULL}};

static const struct rule unit_words[] = {
    {"here", "本机构"}, {"city", "市中心"},     {"town", "镇街中心"},       {"village", "村居站"},
    {"park", "园区站"}, {"industry", "行业站"}, {"department", "业务科室"}, {NULL, NULL}};

static struct str title_of(const struct rule *words, struct str word)
{
    for (; words->word; words++)
        if (str_is(word, words->word))
            return str_of(words->title);
    return S("");
}

/* --- Small readers --------------------------------------------------------------------------- */

struct source { /* what the readers of one file share */
    struct task *t;
    struct list *faults;
    size_t before;
};

static void check_keys(struct source *s, const struct node *map, const char *what,
                       const char *allowed)
{
    NODE_EACH(child, map)
    {
        struct str rest = str_of(allowed), head;
        bool known = false;
        while (str_cut(&rest, ' ', &head))
            known = known || str_eq(head, child->key);
        if (!known)
            node_fault(s->t, s->faults, child, "%s里没有“%.*s”这个键，可以用：%s", what,
                       STR_ARG(child->key), allowed);
    }
}

static struct str text_of(struct source *s, const struct node *map, const char *key, bool required)
{
    const struct node *child = node_get(map, key);

    if (child && child->kind != NODE_TEXT)
        node_fault(s->t, s->faults, child, "“%s”应当是一段文字", key);
    else if (child && child->text.len)
        return child->text;
    else if (required)
        node_fault(s->t, s->faults, child ? child : map, "缺少“%s”", key);
    return S("");
}

static struct str word_of(struct source *s, const struct node *map, const char *key,
                          const struct rule *words, bool required)
{
    struct str word = text_of(s, map, key, required);

    if (word.len && !rule_listed(words, word))
        node_fault(s->t, s->faults, node_get(map, key), "“%s”没有“%.*s”", key, STR_ARG(word));
    return word;
}

static bool bool_of(struct source *s, const struct node *map, const char *key)
{
    struct str word = text_of(s, map, key, false);

    if (word.len && !str_is(word, "true") && !str_is(word, "false"))
        node_fault(s->t, s->faults, node_get(map, key), "“%s”只能是 true 或 false", key);
    return str_is(word, "true");
}

/* A list of words; with a table, each must stand in it and gets its title. */
static struct list tags_of(struct source *s, const struct node *map, const char *key,
                           const struct rule *words)
{
    const struct node *list = node_get(map, key);
    struct list tags = {0};

    if (list && list->kind != NODE_LIST) {
        node_fault(s->t, s->faults, list, "“%s”应当是列表", key);
        return tags;
    }
    NODE_EACH(item, list)
    {
        if (item->kind != NODE_TEXT || !item->text.len ||
            (words && !rule_listed(words, item->text))) {
            node_fault(s->t, s->faults, item, "“%s”没有“%.*s”", key, STR_ARG(item->text));
            continue;
        }
        struct tag *tag = list_add(s->t, &tags, sizeof *tag);
        *tag = (struct tag){item->text, words ? title_of(words, item->text) : S("")};
    }
    return tags;
}

/* A map code: title. */
static struct list titled_tags_of(struct source *s, const struct node *map, const char *key)
{
    const struct node *from = node_get(map, key);
    struct list tags = {0};

    if (from && from->kind != NODE_MAP)
        node_fault(s->t, s->faults, from, "“%s”应当是一组“代码: 名称”", key);
    else
        NODE_EACH(item, from)
        {
            struct tag *tag = list_add(s->t, &tags, sizeof *tag);
            *tag = (struct tag){item->key, item->text};
            if (!item->text.len)
                node_fault(s->t, s->faults, item, "“%.*s”缺少名称", STR_ARG(item->key));
        }
    return tags;
}

bool tags_have(struct list tags, struct str code)
{
    LIST_EACH (struct tag, tag, tags)
        if (str_eq(tag->code, code))
            return true;
    return false;
}

static bool code_is_sound(struct str code)
{
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i];
        if (!((c >= 'a' && c <= 'z') || (i && ((c >= '0' && c <= '9') || c == '-'))))
            return false;
    }
    return code.len > 0 && code.len <= 40;
}

static bool initials_are_sound(struct str initials)
{
    for (size_t i = 0; i < initials.len; i++) {
        char c = initials.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            return false;
    }
    return initials.len > 0;
}

/* --- Matters --------------------------------------------------------------------------------- */

void matter_spell(struct task *t, struct list *faults, struct node *node, const struct node *shared)
{
    struct node *materials = node_get(node, "materials");

    if (!materials || materials->kind != NODE_LIST)
        return;
    NODE_EACH(item, materials)
    {
        if (item->kind != NODE_TEXT)
            continue;
        const struct node *full = node_find(shared, item->text);
        if (!full || full->kind != NODE_MAP) {
            node_fault(t, faults, item, "shared-materials 里没有材料“%.*s”", STR_ARG(item->text));
            continue;
        }
        struct node *code = NEW(t, struct node, 1);
        *code = (struct node){.kind = NODE_TEXT,
                              .line = item->line,
                              .file = item->file,
                              .key = S("code"),
                              .text = item->text};
        item->kind = NODE_MAP;
        node_append(item, code);
        NODE_EACH(member, full)
        node_append(item, node_copy(t, member));
    }
}

static void read_materials(struct source *s, const struct node *node, struct matter *matter)
{
    const struct node *list = node_get(node, "materials");

    if (list && list->kind != NODE_LIST) {
        node_fault(s->t, s->faults, list, "“materials”应当是列表");
        return;
    }
    NODE_EACH(item, list)
    {
        if (item->kind != NODE_MAP) {
            if (item->kind == NODE_LIST)
                node_fault(s->t, s->faults, item, "材料应当写成 {code, title, ...}");
            continue; /* an unknown name was already refused when it was spelled out */
        }
        check_keys(s, item, "材料", "code title where group note required promise here");
        struct material *material = list_add(s->t, &matter->materials, sizeof *material);
        *material = (struct material){
            .code = text_of(s, item, "code", true),
            .title = text_of(s, item, "title", true),
            .where = text_of(s, item, "where", false),
            .group = text_of(s, item, "group", false),
            .note = text_of(s, item, "note", false),
            .required = bool_of(s, item, "required"),
            .promise = bool_of(s, item, "promise"),
            .here = bool_of(s, item, "here"),
        };
        if (material->code.len && !code_is_sound(material->code))
            node_fault(s->t, s->faults, item, "材料代码“%.*s”不对", STR_ARG(material->code));
    }
}

static void read_limitation(struct source *s, const struct node *node, struct matter *matter)
{
    const struct node *map = node_get(node, "limitation");
    struct str months;

    if (!map)
        return;
    if (map->kind != NODE_MAP) {
        node_fault(s->t, s->faults, map, "“limitation”应当写成 {text, law, months}");
        return;
    }
    check_keys(s, map, "limitation", "text law months");
    matter->limitation = text_of(s, map, "text", true);
    matter->limitation_law = text_of(s, map, "law", true);
    months = text_of(s, map, "months", false);
    if (months.len && (!str_int(months, &matter->limitation_months) ||
                       matter->limitation_months < 1 || matter->limitation_months > 240))
        node_fault(s->t, s->faults, map, "months 应当是 1 到 240 的整数");
}

/* Who else is there to go to: a guided matter without it would leave the person at the door (K30).
 */
static void read_body(struct source *s, const struct node *node, struct matter *matter)
{
    const struct node *map = node_get(node, "body");

    if (!map)
        return;
    if (map->kind != NODE_MAP) {
        node_fault(s->t, s->faults, map, "“body”应当写成 {name, law, remedies}");
        return;
    }
    check_keys(s, map, "body", "name law remedies");
    matter->body = text_of(s, map, "name", true);
    matter->body_law = text_of(s, map, "law", true);
    matter->remedies = text_of(s, map, "remedies", true);
}

static void read_fee(struct source *s, const struct node *node, struct matter *matter)
{
    const struct node *map = node_get(node, "fee");

    if (!map || map->kind != NODE_MAP) {
        node_fault(s->t, s->faults, map ? map : node,
                   "缺少“fee”：写成 {text: 免费, law 或者 basis}");
        return;
    }
    check_keys(s, map, "fee", "text law basis relief");
    matter->fee = text_of(s, map, "text", true);
    matter->fee_basis = text_of(s, map, "law", false);
    matter->fee_relief = text_of(s, map, "relief", false);
    if (!node_get(map, "law") == !node_get(map, "basis"))
        node_fault(s->t, s->faults, map,
                   "收费依据：写 law: 法律条款，或者 basis: tenant，只写一个");
}

static void read_limit_text(struct source *s, const struct node *node, struct matter *matter)
{
    const struct node *map = node_get(node, "limit");

    if (!map || map->kind != NODE_MAP) {
        node_fault(s->t, s->faults, map ? map : node,
                   "缺少“limit”：写成 {text: 7 日内决定, law 或者 basis}");
        return;
    }
    check_keys(s, map, "limit", "text law basis");
    matter->limit = text_of(s, map, "text", true);
    matter->limit_law = text_of(s, map, "law", false);
    if (!node_get(map, "law") == !node_get(map, "basis"))
        node_fault(s->t, s->faults, map,
                   "时限依据：写 law: 法律条款，或者 basis: tenant，只写一个");
}

bool matter_read(struct task *t, struct list *faults, const struct node *node,
                 struct matter *ret_matter)
{
    struct source s = {t, faults, faults->count};
    struct matter matter = {.code = node->key};

    if (node->kind != NODE_MAP) {
        node_fault(t, faults, node, "事项“%.*s”应当是一组“键: 值”", STR_ARG(node->key));
        return false;
    }
    check_keys(
        &s, node, "事项",
        "title initials summary words tiers nature treatment kind procedure limit fee materials risks green "
        "disputes difficulty limitation body receipt law");
    if (!code_is_sound(matter.code))
        node_fault(t, faults, node, "事项代码“%.*s”不对：用小写字母、数字和 -",
                   STR_ARG(matter.code));
    matter.title = text_of(&s, node, "title", true);
    matter.initials = text_of(&s, node, "initials", true);
    if (matter.initials.len && !initials_are_sound(matter.initials))
        node_fault(t, faults, node_get(node, "initials"), "拼音首字母只用小写字母和数字");
    matter.summary = text_of(&s, node, "summary", true);
    matter.words = tags_of(&s, node, "words", NULL);
    matter.tiers = tags_of(&s, node, "tiers", tier_words);
    matter.treatment = word_of(&s, node, "treatment", treatment_words, true);
    matter.treatment_title = title_of(treatment_words, matter.treatment);
    matter.kind = word_of(&s, node, "kind", kind_words, true);
    matter.kind_title = title_of(kind_words, matter.kind);
    matter.nature = text_of(&s, node, "nature", true);
    if (matter.nature.len && !str_is(matter.nature, "consultation") &&
        !str_is(matter.nature, "handling"))
        node_fault(t, faults, node_get(node, "nature"), "nature 只能是 consultation 或 handling");
    matter.procedure = text_of(&s, node, "procedure", true);
    matter.law = text_of(&s, node, "law", false);
    matter.receipt = text_of(&s, node, "receipt", false);
    matter.risks = tags_of(&s, node, "risks", risk_words);
    matter.green = tags_of(&s, node, "green", green_words);
    matter.disputes = titled_tags_of(&s, node, "disputes");
    matter.difficulty = word_of(&s, node, "difficulty", difficulty_words, false);
    read_limit_text(&s, node, &matter);
    read_fee(&s, node, &matter);
    read_materials(&s, node, &matter);
    read_limitation(&s, node, &matter);
    read_body(&s, node, &matter);
    if (str_is(matter.kind, "elsewhere") && !matter.body.len)
        node_fault(t, faults, node, "应找其他机关的事项要写“body”：哪个机关、依据、救济");
    *ret_matter = matter;
    return faults->count == s.before;
}

/* --- Routing --------------------------------------------------------------------------------- */

static void read_rule(struct source *s, const struct node *node, struct route_rule *rule)
{
    check_keys(s, node, "分流规则",
               "matters kinds tiers difficulties place park to reason law basis");
    rule->matters = tags_of(s, node, "matters", NULL);
    rule->kinds = tags_of(s, node, "kinds", kind_words);
    rule->tiers = tags_of(s, node, "tiers", tier_words);
    rule->difficulties = tags_of(s, node, "difficulties", difficulty_words);
    rule->place = bool_of(s, node, "place");
    rule->park = bool_of(s, node, "park");
    rule->to = word_of(s, node, "to", unit_words, true);
    rule->reason = text_of(s, node, "reason", true);
    rule->basis = text_of(s, node, "law", false);
    if (!node_get(node, "law") == !node_get(node, "basis"))
        node_fault(s->t, s->faults, node, "分流依据：写 law: 条款，或者 basis: tenant，只写一个");
}

bool routing_read(struct task *t, struct list *faults, const struct node *root,
                  struct route_rule **ret_rules, size_t *ret_count)
{
    struct source s = {t, faults, faults->count};
    const struct node *list = node_get(root, "routing");

    if (!list || list->kind != NODE_LIST) {
        node_fault(t, faults, root, "缺少“routing”：分流规则的列表");
        return false;
    }
    struct route_rule *rules = NEW(t, struct route_rule, list->count + 1);
    size_t count = 0;
    NODE_EACH(node, list)
    {
        if (node->kind != NODE_MAP)
            node_fault(t, faults, node, "分流规则应当是一组“键: 值”");
        else
            read_rule(&s, node, &rules[count++]);
    }
    *ret_rules = rules;
    *ret_count = count;
    return faults->count == s.before;
}

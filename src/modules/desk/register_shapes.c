/* What the register page is made of. */
#include "modules/desk/register.h"

#define FIELDS(...)           ((const struct field[]){__VA_ARGS__, {0}})
#define F(type, member, kind) FIELD(struct type, member, kind, NULL)

static const struct shape person_shape = {
    "RegisterPerson", sizeof(struct register_person),
    FIELDS(F(register_person, n, F_INT), F(register_person, index, F_INT),
           F(register_person, anchor, F_STR), F(register_person, visits, F_STR),
           F(register_person, kind_firm, F_BOOL), F(register_person, more_open, F_BOOL),
           FIELD_OF(struct register_person, role, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, authority, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, represents, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, name, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, paper_number, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, phone, F_OBJECT, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, facts, F_LIST, &desk_text_shape, NULL),
           FIELD_OF(struct register_person, green_tags, F_LIST, &desk_title_shape, NULL),
           FIELD_OF(struct register_person, more_fields, F_LIST, &desk_field_shape, NULL),
           FIELD_OF(struct register_person, speaks, F_LIST, &desk_field_shape, NULL))};

static const struct shape matter_option_shape = {
    "RegisterMatter", sizeof(struct register_matter),
    FIELDS(F(register_matter, value, F_STR), F(register_matter, title, F_STR),
           F(register_matter, words, F_STR), F(register_matter, chosen, F_BOOL))};

static const struct shape group_shape = {
    "RegisterGroup", sizeof(struct register_group),
    FIELDS(F(register_group, title, F_STR),
           FIELD_OF(struct register_group, options, F_LIST, &matter_option_shape, NULL))};

static const struct shape suggestion_row_shape = {
    "RegisterSuggestion", sizeof(struct register_suggestion),
    FIELDS(F(register_suggestion, value, F_STR), F(register_suggestion, title, F_STR),
           F(register_suggestion, words, F_STR), F(register_suggestion, key, F_STR),
           F(register_suggestion, chosen, F_BOOL))};

static const struct shape limit_shape = {
    "RegisterLimit", sizeof(struct register_limit),
    FIELDS(F(register_limit, title, F_STR), F(register_limit, text, F_STR),
           F(register_limit, law, F_STR),
           FIELD_OF(struct register_limit, chip, F_OBJECT, &desk_chip_shape, NULL))};

static const struct shape material_row_shape = {
    "RegisterMaterial", sizeof(struct register_material),
    FIELDS(F(register_material, index, F_INT), F(register_material, code, F_STR),
           F(register_material, title, F_STR), F(register_material, where, F_STR),
           F(register_material, state, F_STR), F(register_material, required, F_BOOL),
           FIELD_OF(struct register_material, options, F_LIST, &desk_option_shape, NULL))};

static const struct shape similar_shape = {
    "RegisterSimilar", sizeof(struct register_similar),
    FIELDS(F(register_similar, id, F_ID), F(register_similar, number, F_STR),
           F(register_similar, who, F_STR), F(register_similar, matter, F_STR),
           F(register_similar, cause, F_STR), F(register_similar, step, F_STR),
           F(register_similar, why, F_STR), F(register_similar, tone, F_STR))};

static const struct shape law_shape = {
    "RegisterLaw", sizeof(struct register_law),
    FIELDS(F(register_law, id, F_STR), F(register_law, title, F_STR), F(register_law, text, F_STR),
           F(register_law, href, F_STR), F(register_law, words, F_STR), F(register_law, key, F_STR),
           F(register_law, cited, F_BOOL))};

static const struct shape offer_shape = {"RegisterOffer", sizeof(struct register_offer),
                                         FIELDS(F(register_offer, value, F_STR))};

#define P(member, kind)   FIELD(struct register_page, member, kind, NULL)
#define PO(member)        FIELD_OF(struct register_page, member, F_OBJECT, &desk_field_shape, NULL)
#define PL(member, shape) FIELD_OF(struct register_page, member, F_LIST, shape, NULL)

static const struct field register_fields[] = {
    DESK_ERROR_FIELDS(struct register_page),
    P(page_title, F_STR),
    P(occurred_at, F_STR),
    P(matter_error, F_STR),
    P(roster_text, F_STR),
    P(roster_error, F_STR),
    P(submit_label, F_STR),
    P(submit_hint, F_STR),
    P(materials_text, F_STR),
    P(fee, F_STR),
    P(limitation_text, F_STR),
    P(similar_text, F_STR),
    P(gate_title, F_STR),
    P(gate_text, F_STR),
    P(is_anonymous, F_BOOL),
    P(asks_back_reason, F_BOOL),
    P(has_fields, F_BOOL),
    P(receipt, F_BOOL),
    P(has_thens, F_BOOL),
    P(has_suggestions, F_BOOL),
    P(has_laws, F_BOOL),
    P(has_answers, F_BOOL),
    PL(laws, &law_shape),
    PL(answers, &law_shape),
    PL(offers, &offer_shape),
    P(has_gate, F_BOOL),
    P(has_materials, F_BOOL),
    P(has_limits, F_BOOL),
    P(has_risks, F_BOOL),
    P(has_similar, F_BOOL),
    PO(anonymous),
    PO(anonymous_reason),
    PO(content),
    PO(amount),
    PO(subject),
    PO(back_reason),
    PO(limitation_from),
    PO(remark),
    FIELD_OF(struct register_page, first, F_LINK, &person_shape, NULL),
    PL(others, &person_shape),
    PL(channels, &desk_option_shape),
    PL(matter_groups, &group_shape),
    PL(fields, &desk_field_shape),
    PL(then_fields, &desk_field_shape),
    PL(thens, &desk_option_shape),
    PL(suggestions, &suggestion_row_shape),
    PL(limits, &limit_shape),
    PL(materials, &material_row_shape),
    PL(risks, &desk_text_shape),
    PL(similar, &similar_shape),
    {0},
};
const struct shape desk_register_shape = {"RegisterPage", sizeof(struct register_page),
                                          register_fields};

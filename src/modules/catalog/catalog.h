/*
 * catalog.h - what can be asked for here: matters (事项), their procedures, where they go.
 *
 * Matters and procedures are files (data/matters.yaml, data/routing.yaml, procedures/); they are
 * checked, loaded into the store as new versions, and served from memory: what these functions
 * return through `const` pointers is shared, immutable and lives as long as the program.  All
 * functions that take a task run inside store_read() or store_write(), for t->tenant, unless they
 * say otherwise.
 */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "core/shape.h"
#include "core/task.h"
#include "modules/catalog/procedure.h"
#include "modules/module.h"

struct tag { /* a code and its Chinese title */
    struct str code, title;
};
extern const struct shape tag_shape;

struct material {
    struct str code, title;
    struct str where; /* where to get it: 公司所在地社保窗口 */
    struct str group; /* heading it stands under on lists and notices: 身份, 事实 */
    struct str note;
    bool required;
    bool promise; /* may be promised and handed in later */
    bool here;    /* the centre makes or copies it itself: no errand for the citizen */
};
extern const struct shape material_shape;

struct matter {
    struct str code, title, initials; /* initials of the pinyin: tqgz */
    struct str summary;               /* one sentence for the citizen */
    struct list words;                /* struct tag (title empty): what people say: 讨薪 */
    struct list tiers;                /* struct tag: city 市中心, town, village, park */
    struct str nature;                /* consultation, handling */
    struct str treatment;             /* handle, receive, guide (K29) */
    struct str treatment_title;       /* 办理, 收件, 指引 */
    struct str kind,
        kind_title;       /* consult, mediation, aid, notary, ... : for windows and figures */
    struct str procedure; /* code; the order keeps the version it began under */
    struct str limit;     /* 7 日内决定，3 日内指派 */
    struct str limit_law;
    struct str fee; /* 免费 */
    struct str fee_basis;
    struct str fee_relief; /* who pays less or nothing, and why; may be empty */
    struct list materials; /* struct material */
    struct list risks;     /* struct tag: legal-risk tags (W2) */
    struct list green;     /* struct tag: green-channel classes that go first here (K20) */
    struct list disputes;  /* struct tag: causes to choose from; may be empty */
    struct str difficulty; /* usual one: simple, ordinary, complex */
    struct str limitation; /* P4: 一年，自知道或者应当知道权利被侵害之日起; empty: none */
    struct str limitation_law;
    int64_t limitation_months; /* 0: none or not to be reckoned from one day */
    struct str body, body_law,
        remedies; /* guided: whose business it is, under which law, and what else helps (K30) */
    struct str receipt; /* what a receipt of this counts for: 诉讼时效自今日起中断 ... */
    struct str law;     /* the basis of the matter itself */
    int64_t version;
};
extern const struct shape matter_shape;

/* The matter as it is now.  ERR_NOT_FOUND.  *ret_matter is a copy whose lists are shared. */
MUST_USE enum err catalog_matter(struct task *t, struct str code, struct matter *ret_matter);
/* Matters of a tier (empty: any) whose title, initials or words have what was typed (empty: all),
 * the nearest first.  A list of struct matter. */
MUST_USE enum err catalog_matters(struct task *t, struct str tier, struct str typed,
                                  struct list *ret_matters);

/* Where an order should go (K7). */
struct route_question {
    struct str matter;     /* code */
    struct str tier;       /* kind of the unit where it is: city, town, village, park */
    struct str difficulty; /* simple, ordinary, complex; empty: the matter's usual one */
    bool place_known; /* it is known where the dispute or the party lives, so a unit below can be
                         named */
    bool in_park;     /* the place belongs to a park with a station */
};
struct route_answer {
    struct str kind;   /* kind of unit: city, town, village, park, department; `here`: it stays */
    struct str reason; /* Chinese, with the ground */
    struct str basis;  /* law or rule */
};
extern const struct shape route_answer_shape;
MUST_USE enum err catalog_suggest_unit(struct task *t, const struct route_question *question,
                                       struct route_answer *ret_answer);

/* A loaded procedure; version 0 is the newest.  ERR_NOT_FOUND. */
MUST_USE enum err catalog_procedure(struct task *t, struct str code, int32_t version,
                                    const struct procedure **ret_procedure);
struct procedure_row {
    struct str code, title, nature, text;
    int64_t version, loaded_at;
};
extern const struct shape procedure_row_shape;
/* The newest version of each, without the text. */
MUST_USE enum err catalog_procedures(struct task *t, struct list *ret_rows);

/* Everything that is kept in memory goes, for a program that closes one store and opens another:
 * what was returned before is gone. */
void catalog_forget(void);

/* --- Loading: inside store_write() --- */

/* The text of a checked procedure (procedure->text) becomes a new version when it differs from the
 * newest; *ret_version is the one that now holds. */
MUST_USE enum err catalog_store_procedure(struct task *t, const struct procedure *procedure,
                                          int32_t *ret_version);

/* The same by a person, or by a command on the host: it stands on record. */
struct actor;
MUST_USE enum err catalog_load_procedure(struct task *t, const struct actor *actor,
                                         const struct procedure *procedure, int32_t *ret_version);

struct catalogue; /* a read data/matters.yaml with data/routing.yaml */
/* Outside any transaction.  Faults as procedure_read(); `routing` may be empty: it stays as it is.
 */
MUST_USE enum err catalog_read(struct task *t, struct str matters, struct str routing,
                               struct catalogue **ret_catalogue, struct list *ret_faults);
/* Every matter must name a loaded procedure.  Matters that the file no longer has are closed. */
MUST_USE enum err catalog_store(struct task *t, const struct catalogue *catalogue,
                                int64_t *ret_changed);

/* Everything in a folder as shipped: DIR/procedures/ *.yaml, DIR/data/matters.yaml,
 * DIR/data/routing.yaml. Reads files, so outside any transaction; then one store_write().  Faults
 * are told through *ret_faults with ERR_BAD_INPUT. */
MUST_USE enum err catalog_load_folder(struct task *t, const char *directory,
                                      struct list *ret_faults);

/* The same from what the program brings along (the files of the source, embedded). */
MUST_USE enum err catalog_load_shipped(struct task *t, struct list *ret_faults);
/* A file of at most `most` bytes, outside any transaction.  ERR_NOT_FOUND, ERR_TOO_LARGE. */
MUST_USE enum err catalog_read_file(struct task *t, const char *path, size_t most,
                                    struct str *ret_text);
/* For procedure_read(): parts in the folder `arg` (const char *), parts that the program brings
 * along. */
procedure_part_fn procedure_part_of_folder, procedure_part_shipped;

extern const struct module catalog_module;

#endif

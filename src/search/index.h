/*
 * index.h - an inverted index of documents in a folder: what it holds, how it is written and asked.
 *
 * It knows documents, not laws.  A document is an id, some texts (as units, tokens.h), small
 * numbers to filter by (columns) and a payload of the caller.  Fields are what is asked: the terms
 * of one or several texts, scored by BM25 with its own length and statistics.
 *
 * The index is derived: what it holds can be made again from the store at any time, so whatever is
 * wrong with it (another schema, a torn or damaged file) is answered by ERR_CONFLICT, "rebuild",
 * and never by wrong hits.  docs/search.md has the file format and its invariants.
 *
 * Segments are immutable and mapped.  A view (snapshot) holds references: readers never wait for a
 * writer or a merge, and see one committed state as long as they hold it.  Statistics (number of
 * documents, lengths, document frequencies) are those of the living documents of the whole view,
 * so a score depends neither on how documents are spread over segments nor on what was deleted.
 *
 * Threads.  struct index is shared by all; a writer, a view, a hit belong to their task.  One
 * writer and one merge at a time in all processes (a lock in the folder), else ERR_BUSY.
 */
#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include "core/task.h"
#include "search/tokens.h"

enum { INDEX_TEXTS = 8, INDEX_FIELDS = 12, INDEX_COLUMNS = 16, INDEX_PARTS = 64 };
enum { INDEX_PAYLOAD_MAX = 1024 * 1024, INDEX_HITS_MAX = 100000, INDEX_TERMS_MAX = 1024 };

struct index_field {
    const char *name;
    unsigned texts; /* bits: 1u << number of the text; several make one bag of terms */
    unsigned kinds; /* enum term_kind, or-ed */
    float k1, b;    /* BM25; 1.2 and 0.75 are usual */
};

/* What makes two indexes the same: all of it is remembered in the folder.  Names are those of the
 * query language (query.h) and may be Chinese. */
struct index_schema {
    uint32_t version; /* the caller's: another one asks to rebuild */
    int n_texts, n_fields, n_columns;
    const char *texts[INDEX_TEXTS];
    struct index_field fields[INDEX_FIELDS];
    const char *columns[INDEX_COLUMNS];
};

struct index_doc {
    uint64_t id;                     /* the caller's; index_id() makes one of a string */
    struct units texts[INDEX_TEXTS]; /* empty ones are fine */
    int64_t columns[INDEX_COLUMNS];  /* kind, region, in force, days (DATE as YYYYMMDD) ... */
    struct str payload;              /* given back as it is; at most INDEX_PAYLOAD_MAX */
};

uint64_t index_id(struct str id); /* a hash; two of 5 million strings collide once in a million */

struct index;

/*
 * Open or create the folder.  ERR_CONFLICT: made with another schema or version of tokens, or the
 * manifest or a segment is damaged as far as its head tells (pages are verified when first read):
 * index_discard() and fill it again.  ERR_STORE: the disk.  Takes a few milliseconds; nothing is
 * read ahead. The schema's strings must outlive the index.
 */
MUST_USE enum err index_open(struct task *t, struct str folder, const struct index_schema *schema,
                             struct index **ret_index);
/* Views that are still held keep what they need. */
void index_close(struct index *index);
/* Remove all files of an index that no one has open.  ERR_BUSY, ERR_STORE. */
MUST_USE enum err index_discard(struct task *t, struct str folder);
/* Another process committed: see its state from now on.  Cheap when nothing changed.  ERR_CONFLICT:
 * a search came upon damage, or the new state has some. */
MUST_USE enum err index_refresh(struct task *t, struct index *index);
const struct index_schema *index_schema(const struct index *index);

/* ---- writing ---- */

struct index_writer;

enum { INDEX_BUDGET = 128 * 1024 * 1024 }; /* bytes a writer uses; segments are written when full */

/* ERR_BUSY: somebody else writes.  Ends with the task when it is not ended before; what was not
 * committed is forgotten. */
MUST_USE enum err index_write(struct task *t, struct index *index, size_t budget,
                              struct index_writer **ret_writer);
/* Add, or replace the document of this id.  ERR_TOO_LARGE, ERR_STORE. */
MUST_USE enum err index_put(struct task *t, struct index_writer *w, const struct index_doc *doc);
/* Fine when there is none. */
MUST_USE enum err index_delete(struct task *t, struct index_writer *w, uint64_t id);
/* All documents whose column has the value, committed ones and those put since.  ERR_STORE. */
MUST_USE enum err index_delete_where(struct task *t, struct index_writer *w, int column,
                                     int64_t value);
/*
 * Make it durable and visible, all at once.  `mark` is the caller's (how far it has read the
 * store's events, say) and is committed with it.  ERR_STORE: nothing happened, the old state
 * stands, the writer can only be ended.
 */
MUST_USE enum err index_commit(struct task *t, struct index_writer *w, int64_t mark);
void index_write_end(struct index_writer *w);
/* The mark of the last commit; 0 in a new index. */
int64_t index_mark(struct index *index);

/*
 * Merge.  index_merge() does one step when the policy finds one worth doing (too many segments of
 * one size, or a quarter of one deleted) and says whether it did; a job calls it until it did not.
 * Runs beside a writer and readers.  index_merge_all() makes one segment of everything.
 * ERR_BUSY: another merge runs.  ERR_STORE: nothing happened.
 */
MUST_USE enum err index_merge(struct task *t, struct index *index, bool *ret_did);
MUST_USE enum err index_merge_all(struct task *t, struct index *index);

/* Read every byte and compare checksums.  ERR_CONFLICT: damaged; the index answers nothing from
 * now on (every call says ERR_CONFLICT) until it is rebuilt. */
MUST_USE enum err index_verify(struct task *t, struct index *index);

/* ---- asking ---- */

struct index_view;

/* The present state of one or several indexes of the same schema, searched as one: released with
 * the task, or before by index_view_end().  ERR_CONFLICT: one is damaged, or schemas differ. */
MUST_USE enum err index_look(struct task *t, struct index *const *indexes, size_t n,
                             struct index_view **ret_view);
void index_view_end(struct index_view *view);

struct index_stats {
    uint64_t docs;   /* living documents */
    uint64_t length; /* terms of the field in all of them, with repetitions */
};

struct index_stats index_stats(const struct index_view *view, int field);
/* Living documents that have the term in the field. */
uint64_t index_df(const struct index_view *view, int field, uint64_t term);
/* ln(1 + (N - df + 0.5) / (df + 0.5)), never negative. */
double index_idf(uint64_t docs, uint64_t df);

struct index_term {
    uint64_t term;
    int field;
    float weight; /* > 0; its BM25 in this field is multiplied by it */
};

struct index_filter {
    int column;
    int64_t low, high;     /* both included; for one value low == high */
    const int64_t *values; /* or one of these, sorted ascending; NULL: the range counts */
    size_t n_values;
    bool negated;
};

/* What a document must be, beside filters: a tree. */
enum index_match_kind {
    MATCH_ALL,    /* every document; for "NOT x" alone */
    MATCH_TERM,   /* the field has the term */
    MATCH_PHRASE, /* the units stand in a text of one of the fields, in this order */
    MATCH_WORD,   /* all terms of the units are in one of the fields; what is too short for the
                     terms that a field has is looked for in its text */
    MATCH_FILTER,
    MATCH_AND,
    MATCH_OR,
    MATCH_NOT
};
struct index_match {
    enum index_match_kind kind;
    int field;       /* MATCH_TERM; MATCH_PHRASE, MATCH_WORD without `fields` */
    unsigned fields; /* MATCH_PHRASE, MATCH_WORD: bits */
    uint64_t term;
    struct units phrase; /* MATCH_WORD, too */
    struct index_filter filter;
    const struct index_match *left, *right; /* AND, OR; NOT uses left */
};

struct index_ask {
    const struct index_term *terms; /* any of them; the same twice adds up */
    size_t n_terms;
    const struct index_filter *filters; /* all must hold */
    size_t n_filters;
    const struct index_match *match; /* NULL: a document must have one of the terms at least */
    size_t most;                     /* so many best hits */
    bool count;                      /* also count all that match (needed for pages of a list) */
    int order_column;                /* >= 0 and by_column: largest value first, then by id */
    bool by_column;
};

struct index_hit {
    uint64_t id;
    double score;          /* 0 when only `match` and filters chose it */
    uint32_t segment, doc; /* where it lies in the view; for index_stored() */
};

struct index_hits {
    struct index_hit *at; /* best first; equal scores by ascending id */
    size_t n;
    uint64_t count; /* with ask.count: all that match, else 0 */
};

/* Exact: the same hits and scores as scoring every document.  ERR_CONFLICT: a page is damaged;
 * rebuild.  ERR_BAD_INPUT: beyond a limit above, or a field, column that does not exist. */
MUST_USE enum err index_search(struct task *t, struct index_view *view, const struct index_ask *ask,
                               struct index_hits *ret_hits);

/* A document as it is stored; points into the view, so it lives as long. */
struct index_stored {
    uint64_t id;
    struct units texts[INDEX_TEXTS];
    uint32_t lengths[INDEX_FIELDS]; /* terms of each field, with repetitions */
    int64_t columns[INDEX_COLUMNS];
    struct str payload;
};
MUST_USE enum err index_stored(struct task *t, struct index_view *view, struct index_hit hit,
                               struct index_stored *ret_stored);
/* By its id; ERR_NOT_FOUND. */
MUST_USE enum err index_find(struct task *t, struct index_view *view, uint64_t id,
                             struct index_hit *ret_hit);
/* Document by document, in the order they lie: start with {0}; false at the end. */
bool index_each(struct index_view *view, struct index_hit *hit);

/* For the administrator's page, tests and benches. */
struct index_size {
    uint32_t segments;
    uint64_t docs, deleted, terms;
    uint64_t postings_bytes, dictionary_bytes, forward_bytes, file_bytes;
};
struct index_size index_size(const struct index_view *view);

#endif

/*
 * Boosted regression trees: the file that training writes, and running it.
 *
 * The file is 32-bit little-endian words: magic, version, number of features, of trees, of nodes,
 * bytes of the names, the score every row begins with (float), FNV-1a of all that follows; then the
 * names (each ended by a line feed, padded with zeroes), the first node of each tree, the
 * nodes. A node is three words: feature (LEAF: none), split or value (float), first of its two
 * children. Left is where the feature is below the split.  Children stand behind their node, so
 * every walk ends.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/rank.h"

enum {
    MAGIC = 0x54524d59, /* YMRT */
    VERSION = 1,
    HEAD_WORDS = 8,
    MOST_TREES = 10000,
    MOST_NODES = 1 << 20,
    MOST_NAMES = 64 * 1024,
    MOST_STEPS = 64,
    TOGETHER = 16, /* rows that go down a tree side by side */
    BLOCK = 64,    /* rows that stay in the nearest cache */
};
#define LEAF UINT32_MAX

enum { AT_MAGIC, AT_VERSION, AT_FEATURES, AT_TREES, AT_NODES, AT_NAMES, AT_BASE, AT_SUM };

/* As it is walked: a leaf's split is not a number, which nothing is below, and its left is the one
 * before it, so that a step from a leaf leads to itself: every row of a tree takes the same number
 * of steps, and no branch has to be guessed. */
struct node {
    float split;
    uint32_t column;
    uint32_t left;
};

struct tree {
    uint32_t first, steps;
};

struct trees {
    size_t n_trees, n_nodes;
    float base;
    uint32_t width; /* columns that a row must have */
    struct tree *at;
    struct node *nodes;
    float *values; /* of leaves */
};

static uint32_t checksum(struct str s)
{
    uint32_t sum = 2166136261;

    for (size_t i = 0; i < s.len; i++)
        sum = (sum ^ (unsigned char)s.at[i]) * 16777619;
    return sum;
}

static uint32_t word_at(struct str bytes, size_t word)
{
    uint32_t number;

    memcpy(&number, bytes.at + word * 4, 4);
    return number;
}

static float float_at(struct str bytes, size_t word)
{
    float number;

    memcpy(&number, bytes.at + word * 4, 4);
    return number;
}

static enum err bad(struct task *t, const char *why)
{
    return task_fail(t, ERR_BAD_INPUT, "排序模型：%s", why);
}

/* Which column each of the model's features is. */
static enum err find_columns(struct task *t, struct str names, uint32_t n,
                             const char *const *feature_names, uint32_t *ret_columns,
                             uint32_t *ret_width)
{
    struct str name;
    uint32_t found = 0;

    for (; found < n && str_cut(&names, '\n', &name); found++) {
        uint32_t column = 0;
        while (feature_names[column] && !str_is(name, feature_names[column]))
            column++;
        if (!feature_names[column])
            return task_fail(t, ERR_BAD_INPUT, "排序模型：没有名为“%.*s”的特征", STR_ARG(name));
        ret_columns[found] = column;
        if (column >= *ret_width)
            *ret_width = column + 1;
    }
    return found == n ? OK : bad(t, "缺少特征的名称");
}

static enum err read_nodes(struct task *t, struct str words, const uint32_t *columns,
                           uint32_t n_features, struct trees *trees)
{
    for (size_t i = 0; i < trees->n_trees; i++) {
        trees->at[i].first = word_at(words, i);
        if (trees->at[i].first >= trees->n_nodes)
            return bad(t, "树的位置不对");
    }
    for (size_t i = 0; i < trees->n_nodes; i++) {
        size_t at = trees->n_trees + i * 3;
        uint32_t feature = word_at(words, at), left = word_at(words, at + 2);
        float value = float_at(words, at + 1);

        if (!isfinite(value))
            return bad(t, "数值不对");
        if (feature == LEAF) {
            trees->nodes[i] = (struct node){NAN, 0, (uint32_t)i - 1};
            trees->values[i] = value;
            continue;
        }
        if (feature >= n_features || left <= i || left >= trees->n_nodes - 1)
            return bad(t, "节点不对");
        trees->nodes[i] = (struct node){value, columns[feature], left};
    }
    return OK;
}

/* The longest way down each tree.  Children stand behind their node, so the ways below a node are
 * known before its own when one goes backwards. */
static enum err count_steps(struct task *t, struct trees *trees)
{
    uint8_t *below = NEW(t, uint8_t, trees->n_nodes + 1);

    for (size_t i = trees->n_nodes; i-- > 0;) {
        const struct node *node = &trees->nodes[i];

        if (isnan(node->split))
            continue;
        uint8_t left = below[node->left], right = below[node->left + 1];
        below[i] = (uint8_t)((left > right ? left : right) + 1);
        if (below[i] > MOST_STEPS)
            return bad(t, "树太深");
    }
    for (size_t i = 0; i < trees->n_trees; i++)
        trees->at[i].steps = below[trees->at[i].first];
    return OK;
}

enum err trees_open(struct task *t, struct str bytes, const char *const *feature_names,
                    const struct trees **ret_trees)
{
    uint32_t head[HEAD_WORDS];

    if (bytes.len < sizeof head)
        return bad(t, "不是模型文件");
    memcpy(head, bytes.at, sizeof head);
    if (head[AT_MAGIC] != MAGIC)
        return bad(t, "不是模型文件");
    if (head[AT_VERSION] != VERSION)
        return bad(t, "版本不同");
    if (head[AT_FEATURES] > RANK_FEATURES_MAX || head[AT_TREES] > MOST_TREES ||
        head[AT_NODES] > MOST_NODES || head[AT_NAMES] > MOST_NAMES || head[AT_NAMES] % 4)
        return bad(t, "数量不对");
    size_t body = head[AT_NAMES] + ((size_t)head[AT_TREES] + (size_t)head[AT_NODES] * 3) * 4;
    if (bytes.len != sizeof head + body)
        return bad(t, "长度不对");
    if (checksum(str_from(bytes, sizeof head)) != head[AT_SUM])
        return bad(t, "内容已损坏");

    struct trees *trees = NEW(t, struct trees, 1);
    uint32_t columns[RANK_FEATURES_MAX] = {0};
    *trees = (struct trees){
        .n_trees = head[AT_TREES], .n_nodes = head[AT_NODES], .base = float_at(bytes, AT_BASE)};
    trees->at = NEW(t, struct tree, trees->n_trees + 1);
    trees->nodes = NEW(t, struct node, trees->n_nodes + 1);
    trees->values = NEW(t, float, trees->n_nodes + 1);
    struct str rest = str_from(bytes, sizeof head);
    enum err e = find_columns(t, str_first(rest, head[AT_NAMES]), head[AT_FEATURES], feature_names,
                              columns, &trees->width);
    if (!e)
        e = read_nodes(t, str_from(rest, head[AT_NAMES]), columns, head[AT_FEATURES], trees);
    if (!e)
        e = count_steps(t, trees);
    if (!e && !isfinite(trees->base))
        e = bad(t, "数值不对");
    if (e)
        return e;
    *ret_trees = trees;
    return OK;
}

static inline uint32_t step(const struct node *nodes, uint32_t at, const float *row)
{
    struct node node = nodes[at];

    return node.left + !(row[node.column] < node.split);
}

static float walk(const struct trees *trees, struct tree tree, const float *row)
{
    uint32_t at = tree.first;

    for (uint32_t i = 0; i < tree.steps; i++)
        at = step(trees->nodes, at, row);
    return trees->values[at];
}

/* Rows side by side: while one waits for its node, the others step. */
static void walk_together(const struct trees *trees, struct tree tree, const float *rows,
                          size_t width, float *scores)
{
    const struct node *nodes = trees->nodes;
    uint32_t at[TOGETHER];

    for (int k = 0; k < TOGETHER; k++)
        at[k] = tree.first;
    for (uint32_t i = 0; i < tree.steps; i++)
        for (size_t k = 0; k < TOGETHER; k++)
            at[k] = step(nodes, at[k], rows + k * width);
    for (int k = 0; k < TOGETHER; k++)
        scores[k] += trees->values[at[k]];
}

void trees_run(const struct trees *trees, const float *features, size_t width, size_t rows,
               float *ret_scores)
{
    for (size_t i = 0; i < rows; i++)
        ret_scores[i] = trees->base;
    if (trees->width > width)
        return;
    /* A block of rows stays in the nearest cache while all trees pass over it. */
    for (size_t from = 0; from < rows; from += BLOCK) {
        size_t to = rows - from < BLOCK ? rows : from + BLOCK;

        for (size_t n = 0; n < trees->n_trees; n++) {
            size_t i = from;

            for (; i + TOGETHER <= to; i += TOGETHER)
                walk_together(trees, trees->at[n], features + i * width, width, ret_scores + i);
            for (; i < to; i++)
                ret_scores[i] += walk(trees, trees->at[n], features + i * width);
        }
    }
}

size_t trees_count(const struct trees *trees)
{
    return trees->n_trees;
}

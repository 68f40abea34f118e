/* The orderBy family: which children of a place a reader asks for. Pure; any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/store/embedded/path.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The parameters as the URL has them, decoded; NULL where one is absent. Their values are JSON. */
typedef struct TreeQueryParameters {
    const char *order_by;
    const char *start_at;
    const char *start_after;
    const char *end_at;
    const char *end_before;
    const char *equal_to;
    const char *limit_to_first;
    const char *limit_to_last;
} TreeQueryParameters;

typedef enum TreeOrder {
    TREE_ORDER_CHILD, /* by the value at child_path */
    TREE_ORDER_KEY,
    TREE_ORDER_VALUE,
    TREE_ORDER_PRIORITY, /* there are no priorities here: all are null */
} TreeOrder;

typedef struct TreeBound {
    json_t *value; /* NULL: no bound; json_null() is a bound */
    bool is_exclusive;
} TreeBound;

typedef struct TreeQuery {
    TreeOrder order;
    TreePath child_path;
    TreeBound start;
    TreeBound end;
    size_t limit; /* 0: none */
    bool is_limit_to_last;
} TreeQuery;

/* tree_query_is_present() - whether there is any parameter of the family. */
bool tree_query_is_present(const TreeQueryParameters *parameters);

/* tree_query_init() - understands the parameters. Returns 0 (tree_query_deinit() is due); -EINVAL, with what
 * to answer in *ret_text (a constant); or -ENOMEM. */
int tree_query_init(TreeQuery *query, const TreeQueryParameters *parameters, const char **ret_text);
void tree_query_deinit(TreeQuery *query);

/* tree_query_apply() - the part of @tree that is asked for: an object with some of its children (shared with
 * it), or NULL if there are none. The caller owns *ret. 0 or -ENOMEM. */
int tree_query_apply(const TreeQuery *query, json_t *tree, json_t **ret);

#ifdef __cplusplus
}
#endif

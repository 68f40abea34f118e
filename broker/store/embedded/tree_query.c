#include "broker/store/embedded/tree_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/tree.h"
#include "broker/util/cleanup.h"

static const char bad_order[] = "orderBy must be a valid JSON encoded path";
static const char bad_limit[] = "limitToFirst and limitToLast must be positive integers";
static const char bad_limits[] = "only one of limitToFirst and limitToLast may be specified";
static const char bad_value[] =
    "the values of a range must be JSON encoded strings, numbers, booleans or null";
static const char bad_key[] = "the values of a range must be strings when ordering by key";
static const char bad_range[] = "equalTo may not be combined with other bounds, nor two bounds of one side";
static const char no_order[] = "orderBy must be defined when other query parameters are defined";

bool tree_query_is_present(const TreeQueryParameters *parameters)
{
    return parameters->order_by || parameters->start_at || parameters->start_after || parameters->end_at ||
           parameters->end_before || parameters->equal_to || parameters->limit_to_first ||
           parameters->limit_to_last;
}

static json_t *parse_json(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static int parse_order(TreeQuery *query, const char *text, const char **ret_text)
{
    AUTO_JSON json_t *json = parse_json(text);
    const char *order = json_string_value(json);
    const TreePath root = {.text = (char *)"", .depth = 0};
    int result;

    *ret_text = bad_order;
    if (!order || strlen(order) != json_string_length(json))
        return -EINVAL;
    query->order = strcmp(order, "$key") == 0        ? TREE_ORDER_KEY
                   : strcmp(order, "$value") == 0    ? TREE_ORDER_VALUE
                   : strcmp(order, "$priority") == 0 ? TREE_ORDER_PRIORITY
                                                     : TREE_ORDER_CHILD;
    if (query->order != TREE_ORDER_CHILD)
        return 0;
    result = path_parse_below(&query->child_path, &root, order);
    if (result > 0 || (result == 0 && query->child_path.depth == 0))
        return -EINVAL;
    return result;
}

/* @exclusive is the name of the parameter's other form. Both absent: no bound. */
static int parse_bound(TreeBound *bound, const char *inclusive, const char *exclusive, const char **ret_text)
{
    if (!inclusive && !exclusive)
        return 0;
    *ret_text = bad_range;
    if (inclusive && exclusive)
        return -EINVAL;
    *ret_text = bad_value;
    bound->value = parse_json(inclusive ? inclusive : exclusive);
    bound->is_exclusive = exclusive != NULL;
    return bound->value && !json_is_object(bound->value) && !json_is_array(bound->value) ? 0 : -EINVAL;
}

static int parse_range(TreeQuery *query, const TreeQueryParameters *parameters, const char **ret_text)
{
    const char *start = parameters->start_at;
    const char *end = parameters->end_at;
    int result;

    if (parameters->equal_to) {
        *ret_text = bad_range;
        if (start || end || parameters->start_after || parameters->end_before)
            return -EINVAL;
        start = end = parameters->equal_to;
    }
    result = parse_bound(&query->start, start, parameters->start_after, ret_text);
    if (result == 0)
        result = parse_bound(&query->end, end, parameters->end_before, ret_text);
    if (result < 0 || query->order != TREE_ORDER_KEY)
        return result;
    *ret_text = bad_key;
    return (!query->start.value || json_is_string(query->start.value)) &&
                   (!query->end.value || json_is_string(query->end.value))
               ? 0
               : -EINVAL;
}

static int parse_limit(TreeQuery *query, const TreeQueryParameters *parameters, const char **ret_text)
{
    const char *text = parameters->limit_to_first ? parameters->limit_to_first : parameters->limit_to_last;
    char *end;
    long limit;

    if (!text)
        return 0;
    *ret_text = bad_limits;
    if (parameters->limit_to_first && parameters->limit_to_last)
        return -EINVAL;
    *ret_text = bad_limit;
    errno = 0;
    limit = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || limit <= 0)
        return -EINVAL;
    query->limit = (size_t)limit;
    query->is_limit_to_last = parameters->limit_to_last != NULL;
    return 0;
}

int tree_query_init(TreeQuery *query, const TreeQueryParameters *parameters, const char **ret_text)
{
    int result;

    memset(query, 0, sizeof *query);
    *ret_text = no_order;
    result = parameters->order_by ? parse_order(query, parameters->order_by, ret_text) : -EINVAL;
    if (result == 0)
        result = parse_range(query, parameters, ret_text);
    if (result == 0)
        result = parse_limit(query, parameters, ret_text);
    if (result < 0)
        tree_query_deinit(query);
    return result;
}

void tree_query_deinit(TreeQuery *query)
{
    path_deinit(&query->child_path);
    json_decref(query->start.value);
    json_decref(query->end.value);
    query->start.value = NULL;
    query->end.value = NULL;
}

/* ---- Order ---- */

typedef struct Candidate {
    const char *key;
    json_t *child;
    const json_t *value; /* that it is ordered by; NULL is null */
} Candidate;

/* null < false < true < numbers < strings < objects. */
static int rank_of(const json_t *value)
{
    if (!value || json_is_null(value))
        return 0;
    if (json_is_boolean(value))
        return json_is_true(value) ? 2 : 1;
    if (json_is_number(value))
        return 3;
    return json_is_string(value) ? 4 : 5;
}

static int compare_numbers(const json_t *left, const json_t *right)
{
    double left_double = json_number_value(left);
    double right_double = json_number_value(right);

    if (json_is_integer(left) && json_is_integer(right))
        return (json_integer_value(left) > json_integer_value(right)) -
               (json_integer_value(left) < json_integer_value(right));
    return (left_double > right_double) - (left_double < right_double);
}

static int compare_values(const json_t *left, const json_t *right)
{
    int left_rank = rank_of(left);
    int right_rank = rank_of(right);

    if (left_rank != right_rank)
        return left_rank - right_rank;
    if (left_rank == 3)
        return compare_numbers(left, right);
    if (left_rank == 4)
        return key_compare_text(json_string_value(left), json_string_value(right));
    return 0;
}

static int compare_candidates(const void *left_pointer, const void *right_pointer)
{
    const Candidate *left = left_pointer;
    const Candidate *right = right_pointer;
    int result = compare_values(left->value, right->value);

    return result != 0 ? result : key_compare(left->key, right->key);
}

static const json_t *value_of(const TreeQuery *query, json_t *child)
{
    switch (query->order) {
    case TREE_ORDER_CHILD:
        return tree_get(child, query->child_path.text);
    case TREE_ORDER_VALUE:
        return child;
    case TREE_ORDER_KEY:
    case TREE_ORDER_PRIORITY:
        break;
    }
    return NULL; /* then all values are equal, and the keys decide */
}

static int compare_to_bound(const TreeQuery *query, const Candidate *candidate, const TreeBound *bound)
{
    if (query->order == TREE_ORDER_KEY)
        return key_compare(candidate->key, json_string_value(bound->value));
    return compare_values(candidate->value, bound->value);
}

static bool is_in_range(const TreeQuery *query, const Candidate *candidate)
{
    if (query->start.value) {
        int order = compare_to_bound(query, candidate, &query->start);

        if (order < 0 || (order == 0 && query->start.is_exclusive))
            return false;
    }
    if (query->end.value) {
        int order = compare_to_bound(query, candidate, &query->end);

        if (order > 0 || (order == 0 && query->end.is_exclusive))
            return false;
    }
    return true;
}

/* Puts candidates[begin..end) into a new object. */
static int collect(const Candidate *candidates, size_t begin, size_t end, json_t **ret)
{
    AUTO_JSON json_t *object = json_object();

    if (!object)
        return -ENOMEM;
    for (size_t i = begin; i < end; i++)
        if (json_object_set(object, candidates[i].key, candidates[i].child) < 0)
            return -ENOMEM;
    *ret = json_object_size(object) > 0 ? TAKE(object) : NULL;
    return 0;
}

int tree_query_apply(const TreeQuery *query, json_t *tree, json_t **ret)
{
    AUTO_FREE Candidate *candidates = malloc(json_object_size(tree) * sizeof *candidates + 1);
    size_t count = 0;
    size_t excess;
    const char *key;
    json_t *child;

    if (!candidates)
        return -ENOMEM;
    json_object_foreach(tree, key, child)
    {
        Candidate candidate = {.key = key, .child = child, .value = value_of(query, child)};

        if (is_in_range(query, &candidate))
            candidates[count++] = candidate;
    }
    qsort(candidates, count, sizeof *candidates, compare_candidates);
    excess = query->limit > 0 && count > query->limit ? count - query->limit : 0;
    return collect(candidates, query->is_limit_to_last ? excess : 0,
                   query->is_limit_to_last ? count : count - excess, ret);
}

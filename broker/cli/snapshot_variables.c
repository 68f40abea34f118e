#include <string.h>

#include "broker/cli/children.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/snapshot_view.h"
#include "broker/cli/status_message.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

/* The chain of table entries that are being shown, from the innermost out: the entry that is met again is
 * a cycle. */
typedef struct Ancestor {
    const struct Ancestor *outer;
    const json_t *index;
    const char *name;
} Ancestor;

typedef struct Resolver {
    const json_t *table;
    long long levels_max;
} Resolver;

typedef struct Resolved {
    char *name; /* with the type */
    json_t *value;
    char *message; /* what the status says, or NULL */
} Resolved;

static Resolved resolve(const Resolver *resolver, const json_t *variable, long long level,
                        const Ancestor *ancestors);

static const Ancestor *find_ancestor(const Ancestor *ancestors, const json_t *index)
{
    while (ancestors && !json_equal(ancestors->index, index))
        ancestors = ancestors->outer;
    return ancestors;
}

static Resolved resolved_as_sentence(const char *name, char *sentence)
{
    Resolved resolved = {.name = MUST(strdup(name)), .value = MUST(json_string(sentence))};

    free(sentence);
    return resolved;
}

/* The value under @key as text without a filter: JSON output escapes by its own rules. */
static char *text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? MUST(strdup(json_string_value(value))) : python_repr(value);
}

static char *name_with_type(const json_t *variable, const char *name, bool has_members)
{
    const char *type_key = json_object_get(variable, "type") ? "type" : "value";
    AUTO_FREE char *type = NULL;

    /* Without a type, a value beside members is one: the Node.js agent writes it so. */
    if (!json_object_get(variable, type_key) || (strcmp(type_key, "value") == 0 && !has_members))
        return MUST(strdup(name));
    type = text_of(variable, type_key);
    return text_format("%s (%s)", name, type);
}

static void add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        must_have_memory();
}

static char *message_key(const char *name)
{
    return text_format("%s - DBG_MSG", name);
}

static json_t *resolve_members(const Resolver *resolver, const json_t *members, long long level,
                               const Ancestor *ancestors)
{
    json_t *value = MUST(json_object());

    for (size_t i = 0; i < json_array_size(members); i++) {
        Resolved member = resolve(resolver, json_array_get(members, i), level + 1, ancestors);
        AUTO_FREE char *name = member.name, *message = member.message;
        AUTO_FREE char *key = message_key(name);

        add(value, name, member.value);
        if (message)
            add(value, key, MUST(json_string(message)));
    }
    return value;
}

/* The variable with what its table entry says laid over it. */
static json_t *merge_with_table(const Resolver *resolver, const json_t *variable, const json_t *index)
{
    json_t *merged = MUST(json_copy((json_t *)variable)); /* a shallow copy; jansson takes no const */
    json_t *entry = json_is_integer(index) ? children_at(resolver->table, json_integer_value(index)) : NULL;

    if (json_is_object(entry) && json_object_update(merged, entry) != 0)
        must_have_memory();
    return merged;
}

static json_t *resolve_value(const Resolver *resolver, const json_t *variable, const json_t *members,
                             bool is_reference, long long level, const Ancestor *ancestors)
{
    json_t *value = json_object_get(variable, "value");

    if (json_array_size(members) > 0)
        return resolve_members(resolver, members, level, ancestors);
    if (value)
        return json_incref(value);
    return is_reference ? json_null() : MUST(json_string(""));
}

static Resolved resolve(const Resolver *resolver, const json_t *variable, long long level,
                        const Ancestor *ancestors)
{
    const json_t *index = json_object_get(variable, "varTableIndex");
    AUTO_FREE char *name = json_object_get(variable, "name") ? text_of(variable, "name") : MUST(strdup(""));
    const Ancestor *ancestor = index ? find_ancestor(ancestors, index) : NULL;
    Ancestor self = {.outer = ancestors, .index = index, .name = name};
    AUTO_JSON json_t *merged = NULL, *members = NULL;
    CLEANUP(status_message_deinit) StatusMessage status = {0};
    AUTO_FREE char *merged_name = NULL;

    if (level > resolver->levels_max)
        return resolved_as_sentence(name,
                                    text_format("DBG_MSG: Max expansion level of %lld hit. Specify a larger "
                                                "value for --max-level to see more.",
                                                resolver->levels_max));
    if (ancestor)
        return resolved_as_sentence(
            name, *ancestor->name
                      ? text_format("DBG_MSG: Cycle, refers to same instance as ancestor field '%s'.",
                                    ancestor->name)
                      : text_format("DBG_MSG: Cycle, refers to same instance as an ancestor field."));

    merged = merge_with_table(resolver, variable, index);
    members = children_list(json_object_get(merged, "members"));
    merged_name = json_object_get(merged, "name") ? text_of(merged, "name") : MUST(strdup(""));
    status = status_message_read(merged);
    return (Resolved){
        .name = name_with_type(merged, merged_name, json_array_size(members) > 0),
        .value = resolve_value(resolver, merged, members, index != NULL, level, index ? &self : ancestors),
        .message = TAKE(status.text),
    };
}

static void append_pair(json_t *list, const char *name, json_t *value)
{
    json_t *pair = MUST(json_object());

    add(pair, name, value);
    if (json_array_append_new(list, pair) != 0)
        must_have_memory();
}

json_t *snapshot_variables(const json_t *variables, const json_t *table, long long levels_max)
{
    Resolver resolver = {.table = table, .levels_max = levels_max};
    AUTO_JSON json_t *list = children_list(variables);
    json_t *resolved_list = MUST(json_array());

    for (size_t i = 0; i < json_array_size(list); i++) {
        Resolved resolved = resolve(&resolver, json_array_get(list, i), 0, NULL);
        AUTO_FREE char *name = resolved.name, *message = resolved.message;
        AUTO_FREE char *key = message_key(name);

        append_pair(resolved_list, name, resolved.value);
        if (message)
            append_pair(resolved_list, key, MUST(json_string(message)));
    }
    return resolved_list;
}

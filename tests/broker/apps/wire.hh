/* Messages of a stub, built by hand: every function returns a part that lives as long as the Wire. */
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "proto/snapshot.pb-c.h"

class Wire
{
  public:
    using Variable = Snapshot__Variable;
    using Variables = std::vector<Variable *>;

    /* Index of a type's name, as messages have it. */
    uint32_t type(const std::string &name)
    {
        for (size_t i = 0; i < strings_.size(); i++) {
            if (text_of(strings_[i]) == name)
                return static_cast<uint32_t>(i + 1);
        }
        strings_.push_back(bytes(name));
        return static_cast<uint32_t>(strings_.size());
    }

    Variable *variable(Snapshot__Variable__ValueCase value_case)
    {
        variables_.emplace_back();
        snapshot__variable__init(&variables_.back());
        variables_.back().value_case = value_case;
        return &variables_.back();
    }

    Variable *singleton(Snapshot__Variable__Singleton value)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_SINGLETON);
        result->singleton = value;
        return result;
    }

    Variable *none()
    {
        return singleton(SNAPSHOT__VARIABLE__SINGLETON__NONE);
    }

    Variable *integer(int64_t value)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_INTEGER);
        result->integer = value;
        return result;
    }

    Variable *real(double value)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_REAL);
        result->real = value;
        return result;
    }

    Variable *text(const std::string &value, uint64_t full_length = 0)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_TEXT);
        result->text = bytes(value);
        result->full_length = full_length;
        return result;
    }

    Variable *blob(const std::string &value, bool is_bytearray = false)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_BLOB);
        result->blob = bytes(value);
        result->is_bytearray = is_bytearray;
        return result;
    }

    Variable *literal(const std::string &value, uint32_t type_index = 0)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_LITERAL);
        result->literal = bytes(value);
        result->type = type_index;
        return result;
    }

    Variable *reference(uint32_t index)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_REFERENCE);
        result->reference = index;
        return result;
    }

    Variable *status_variable(Snapshot__StatusMessage *message)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_STATUS);
        result->status = message;
        return result;
    }

    Variable *container(Snapshot__Variable__Container kind, const Variables &members, uint32_t type_index = 0)
    {
        Variable *result = variable(SNAPSHOT__VARIABLE__VALUE_CONTAINER);
        result->container = kind;
        result->type = type_index;
        set_members(result, members);
        return result;
    }

    Variable *list(const Variables &members)
    {
        return container(SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, members);
    }

    Variable *tuple(const Variables &members)
    {
        return container(SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, members, type("tuple"));
    }

    Variable *dict(const Variables &members)
    {
        return container(SNAPSHOT__VARIABLE__CONTAINER__MAPPING, members);
    }

    Variable *set(const Variables &members, const std::string &name = "")
    {
        return container(SNAPSHOT__VARIABLE__CONTAINER__SET, members, name.empty() ? 0 : type(name));
    }

    Variable *object(const Variables &members, const std::string &name)
    {
        return container(SNAPSHOT__VARIABLE__CONTAINER__OBJECT, members, type(name));
    }

    void set_members(Variable *variable, const Variables &members)
    {
        variable->n_members = members.size();
        variable->members = list_of(variable_lists_, members);
    }

    Variable *named(const std::string &name, Variable *variable)
    {
        variable->name = bytes(name);
        return variable;
    }

    Variable *keyed(Variable *key, Variable *variable)
    {
        variable->key = key;
        return variable;
    }

    Snapshot__StatusMessage *
    status(const std::string &format, const std::vector<std::string> &parameters = {},
           Snapshot__StatusMessage__RefersTo refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE,
           bool is_error = true)
    {
        std::vector<char *> pointers;

        for (const std::string &parameter : parameters)
            pointers.push_back(c_string(parameter));
        statuses_.push_back(Snapshot__StatusMessage SNAPSHOT__STATUS_MESSAGE__INIT);
        statuses_.back().format = c_string(format);
        statuses_.back().is_error = is_error;
        statuses_.back().refers_to = refers_to;
        statuses_.back().n_parameters = pointers.size();
        statuses_.back().parameters = list_of(string_lists_, pointers);
        return &statuses_.back();
    }

    Snapshot__Frame *frame(const std::string &function, const std::string &path, uint32_t line,
                           const Variables &arguments = {}, const Variables &locals = {})
    {
        frames_.push_back(Snapshot__Frame SNAPSHOT__FRAME__INIT);
        Snapshot__Frame *result = &frames_.back();
        result->function = bytes(function);
        result->path = bytes(path);
        result->line = line;
        result->n_arguments = arguments.size();
        result->arguments = list_of(variable_lists_, arguments);
        result->n_locals = locals.size();
        result->locals = list_of(variable_lists_, locals);
        return result;
    }

    Snapshot__Fact *fact(const std::string &name, const std::string &value)
    {
        facts_.push_back(Snapshot__Fact SNAPSHOT__FACT__INIT);
        facts_.back().name = c_string(name);
        facts_.back().value = c_string(value);
        return &facts_.back();
    }

    Snapshot__Fact **facts(const std::vector<Snapshot__Fact *> &facts)
    {
        return list_of(fact_lists_, facts);
    }

    /* The names of all types that were asked for so far come with it. */
    Snapshot__Capture capture(const std::vector<Snapshot__Frame *> &frames, const Variables &expressions = {},
                              const Variables &table = {})
    {
        Snapshot__Capture result = SNAPSHOT__CAPTURE__INIT;

        result.n_frames = frames.size();
        result.frames = list_of(frame_lists_, frames);
        result.n_expressions = expressions.size();
        result.expressions = list_of(variable_lists_, expressions);
        result.n_table = table.size();
        result.table = list_of(variable_lists_, table);
        string_tables_.emplace_back(strings_.begin(), strings_.end());
        result.n_strings = strings_.size();
        result.strings = string_tables_.back().data();
        return result;
    }

    Snapshot__LogEntry log_entry(const Variables &values)
    {
        Snapshot__LogEntry result = SNAPSHOT__LOG_ENTRY__INIT;

        result.n_values = values.size();
        result.values = list_of(variable_lists_, values);
        string_tables_.emplace_back(strings_.begin(), strings_.end());
        result.n_strings = strings_.size();
        result.strings = string_tables_.back().data();
        return result;
    }

    ProtobufCBinaryData bytes(const std::string &value)
    {
        texts_.push_back(value);
        return {value.size(), reinterpret_cast<uint8_t *>(texts_.back().data())};
    }

    char *c_string(const std::string &value)
    {
        texts_.push_back(value);
        return texts_.back().data();
    }

  private:
    template <typename Part>
    static Part **list_of(std::deque<std::vector<Part *>> &lists, const std::vector<Part *> &parts)
    {
        lists.push_back(parts);
        return lists.back().data();
    }

    static std::string text_of(const ProtobufCBinaryData &data)
    {
        return std::string(reinterpret_cast<const char *>(data.data), data.len);
    }

    std::deque<std::string> texts_;
    std::deque<Variable> variables_;
    std::deque<Snapshot__StatusMessage> statuses_;
    std::deque<Snapshot__Frame> frames_;
    std::deque<Snapshot__Fact> facts_;
    std::deque<std::vector<Variable *>> variable_lists_;
    std::deque<std::vector<Snapshot__Frame *>> frame_lists_;
    std::deque<std::vector<Snapshot__Fact *>> fact_lists_;
    std::deque<std::vector<char *>> string_lists_;
    std::deque<ProtobufCBinaryData> strings_;
    std::deque<std::vector<ProtobufCBinaryData>> string_tables_;
};

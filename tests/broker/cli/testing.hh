// Small helpers for tests of C code: owned strings and values as C++ objects, and streams in memory.
#pragma once

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include <memory>
#include <string>

#include "broker/cli/output.h"
#include "broker/cli/python_text.h"

// The string of a function whose result the caller owns; "(null)" for NULL.
inline std::string take(char *owned)
{
    std::string copy = owned ? owned : "(null)";

    free(owned);
    return copy;
}

struct JsonDeleter {
    void operator()(json_t *value) const
    {
        json_decref(value);
    }
};

using Json = std::unique_ptr<json_t, JsonDeleter>;

// Parses JSON in which ' stands for ".
inline Json json(std::string text)
{
    for (char &c : text)
        if (c == '\'')
            c = '"';
    return Json(json_loadb(text.data(), text.size(), JSON_DECODE_ANY | JSON_ALLOW_NUL, nullptr));
}

// A value as JSON in which ' stands for ".
inline std::string dump(const json_t *value)
{
    if (!value)
        return "(null)";
    std::string text = take(python_json(value, JSON_LAYOUT_RAW));

    for (char &c : text)
        if (c == '"')
            c = '\'';
    return text;
}

// A stream whose content can be read back.
class Stream
{
  public:
    Stream() : file(open_memstream(&bytes_, &length_))
    {
    }

    ~Stream()
    {
        fclose(file);
        free(bytes_);
    }

    std::string text()
    {
        fflush(file);
        return std::string(bytes_, length_);
    }

  private:
    char *bytes_ = nullptr;
    size_t length_ = 0;

  public:
    FILE *const file; // after what it writes to
};

// Output into memory.
struct TestOutput {
    Stream people, data;
    Output output = {people.file, data.file, false};
};

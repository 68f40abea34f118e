/* What the tests of the embedded store share. */
#pragma once

#include <jansson.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "broker/store/embedded/path.h"
#include "broker/store/embedded/text.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_text.h"

namespace testing_store
{

struct JsonRelease {
    void operator()(json_t *json) const
    {
        json_decref(json);
    }
};
using Json = std::unique_ptr<json_t, JsonRelease>;

inline Json parse(const std::string &text)
{
    return Json(json_loadb(text.data(), text.size(), JSON_DECODE_ANY | JSON_ALLOW_NUL, nullptr));
}

/* The tree that @text becomes; empty for nothing and for what is refused. */
inline Json tree_of(const std::string &text)
{
    Json json = parse(text);
    json_t *tree = nullptr;

    if (!json || tree_from_json(json.get(), 0, 1700000000000, nullptr, &tree) != 0)
        return nullptr;
    return Json(tree);
}

inline std::string text_of(const json_t *tree, TreeTextStyle style = {})
{
    Text text = {};

    tree_text_append(&text, tree, style);
    std::string result(text.bytes, text.length);
    store_text_deinit(&text);
    return result;
}

inline std::string text_of(const Json &tree, TreeTextStyle style = {})
{
    return text_of(tree.get(), style);
}

/* A directory that goes with everything in it. */
class TemporaryDirectory
{
  public:
    TemporaryDirectory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "embedded_store.XXXXXX").string();

        path_ = mkdtemp(&name[0]);
    }
    ~TemporaryDirectory()
    {
        std::error_code ignored;

        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string &name) const
    {
        return path_ + "/" + name;
    }

  private:
    std::string path_;
};

/* A TreePath for the length of an expression. */
class Path
{
  public:
    explicit Path(const char *text)
    {
        if (path_parse_url(&path_, text) != 0)
            abort();
    }
    ~Path()
    {
        path_deinit(&path_);
    }
    const TreePath *get() const
    {
        return &path_;
    }

  private:
    TreePath path_;
};

} // namespace testing_store

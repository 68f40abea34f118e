/* One reader of server-sent events. Internal to store/embedded/; loop thread only.
 *
 * Plain bytes, LF only, no comments, no ids: what the existing listeners read without trouble. */
#pragma once

#include "broker/http/server.h"
#include "broker/store/embedded/path.h"

#ifdef __cplusplus
extern "C" {
#endif

struct RestShared;

/* rest_stream_begin() - answers @request with the value at @path, and with every change of it until the
 * reader goes. The stream frees itself. Returns 0, or a negative errno: then the request is not answered yet.
 */
int rest_stream_begin(struct RestShared *shared, HttpRequest *request, const TreePath *path);

#ifdef __cplusplus
}
#endif

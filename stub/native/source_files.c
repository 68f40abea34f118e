#include "stub/native/source_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/snapshot.pb-c.h"

#define FNV_OFFSET 14695981039346656037ull
#define FNV_PRIME  1099511628211ull

/* Of a file's encoding beside its path: tags, lengths, the size and the hash. */
#define FILE_OVERHEAD_BYTES 48
#define ENVELOPE_BYTES      32

typedef struct Folder {
    const struct Folder *parent;
    dev_t device;
    ino_t inode;
} Folder;

typedef struct Walk {
    SourceFiles list;
    bool (*must_stop)(void);
    size_t num_folders;
    uint64_t num_read_bytes;
    char path[PATH_MAX]; /* of what is looked at */
    size_t root_len;     /* of it, the slash included */
} Walk;

static uint64_t fnv1a(uint64_t hash, const uint8_t *bytes, size_t num_bytes)
{
    for (size_t i = 0; i < num_bytes; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

/* False: not a file that can be read. */
static bool read_file(Walk *walk, uint64_t *ret_size_bytes, uint64_t *ret_hash)
{
    int fd = open(walk->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a pipe */
    uint64_t hash = FNV_OFFSET, num_bytes = 0;
    struct stat status;
    uint8_t buffer[16384];
    ssize_t len;

    if (fd < 0)
        return false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        return false;
    }
    while (num_bytes < SOURCE_FILES_HASH_BYTES_MAX && walk->num_read_bytes < SOURCE_FILES_READ_BYTES_MAX &&
           (len = read(fd, buffer, sizeof(buffer))) > 0) {
        hash = fnv1a(hash, buffer, (size_t)len);
        num_bytes += (uint64_t)len;
        walk->num_read_bytes += (uint64_t)len;
    }
    (void)close(fd);
    *ret_size_bytes = (uint64_t)status.st_size;
    *ret_hash = hash;
    return true;
}

static int add_file(Walk *walk)
{
    SourceFiles *list = &walk->list;
    SourceFile file;

    if (list->num_files == SOURCE_FILES_NUM_MAX || !read_file(walk, &file.size_bytes, &file.content_hash))
        return 0;
    if (list->num_files == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        SourceFile *files = realloc(list->files, capacity * sizeof(*files));

        if (!files)
            return -ENOMEM;
        list->files = files;
        list->capacity = capacity;
    }
    file.path = strdup(walk->path + walk->root_len);
    if (!file.path)
        return -ENOMEM;
    list->files[list->num_files++] = file;
    return 0;
}

/* Appends to the path of what is looked at. False: it would be too long. */
static bool path_push(Walk *walk, size_t len, const char *name)
{
    int num_chars = snprintf(walk->path + len, sizeof(walk->path) - len, "%s", name);

    return num_chars >= 0 && (size_t)num_chars < sizeof(walk->path) - len;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void free_names(char **names, size_t num_names)
{
    for (size_t i = 0; i < num_names; i++)
        free(names[i]);
    free(names);
}

/* The names in the folder at walk->path that may matter, sorted. A folder that cannot be read has none. */
static int list_folder(Walk *walk, char ***ret_names, size_t *ret_num_names)
{
    DIR *folder = opendir(walk->path);
    size_t num_names = 0, capacity = 0;
    const struct dirent *entry;
    char **names = NULL;

    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.') /* no module has such a name */
            continue;
        if (num_names == capacity) {
            char **larger;

            capacity = capacity ? capacity * 2 : 32;
            larger = realloc(names, capacity * sizeof(*names));
            if (!larger)
                goto out_of_memory;
            names = larger;
        }
        names[num_names] = strdup(entry->d_name);
        if (!names[num_names])
            goto out_of_memory;
        num_names++;
    }
    if (folder)
        (void)closedir(folder);
    if (num_names > 0)
        qsort(names, num_names, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_num_names = num_names;
    return 0;

out_of_memory:
    (void)closedir(folder);
    free_names(names, num_names);
    return -ENOMEM;
}

static bool is_python_file(const char *name)
{
    size_t len = strlen(name);

    return len > 3 && strcmp(name + len - 3, ".py") == 0;
}

static bool is_within_itself(const Folder *folder)
{
    for (const Folder *above = folder->parent; above; above = above->parent) {
        if (above->device == folder->device && above->inode == folder->inode)
            return true;
    }
    return false;
}

static int walk_folder(Walk *walk, size_t path_len, const Folder *folder, int depth);

/* What walk->path names is a folder: into it, if it is a package. */
static int enter_folder(Walk *walk, const struct stat *status, const Folder *parent, int depth)
{
    Folder folder = {parent, status->st_dev, status->st_ino};
    size_t len = strlen(walk->path);
    bool is_package;

    if (depth > SOURCE_FILES_DEPTH_MAX || walk->num_folders == SOURCE_FILES_FOLDERS_MAX ||
        is_within_itself(&folder))
        return 0;
    is_package = path_push(walk, len, "/__init__.py") && access(walk->path, F_OK) == 0;
    walk->path[len] = '\0';
    return is_package ? walk_folder(walk, len, &folder, depth) : 0;
}

static int walk_folder(Walk *walk, size_t path_len, const Folder *folder, int depth)
{
    char **names;
    size_t num_names;
    int result = list_folder(walk, &names, &num_names);

    if (result != 0)
        return result;
    walk->num_folders++;
    for (size_t i = 0; i < num_names && result == 0; i++) {
        struct stat status;

        if (walk->must_stop()) {
            result = -ECANCELED;
            break;
        }
        walk->path[path_len] = '/';
        if (!path_push(walk, path_len + 1, names[i]) || stat(walk->path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode))
            result = enter_folder(walk, &status, folder, depth + 1);
        else if (is_python_file(names[i]))
            result = add_file(walk);
    }
    free_names(names, num_names);
    return result;
}

int source_files_collect(const char *root, bool (*must_stop)(void), SourceFiles *ret_list)
{
    Walk *walk = calloc(1, sizeof(*walk));
    struct stat status;
    int result = 0;

    if (!walk)
        return -ENOMEM;
    walk->must_stop = must_stop;
    if (path_push(walk, 0, root) && stat(walk->path, &status) == 0 && S_ISDIR(status.st_mode)) {
        Folder folder = {NULL, status.st_dev, status.st_ino};
        size_t len = strlen(walk->path);

        walk->root_len = len + 1;
        result = walk_folder(walk, len, &folder, 1);
    }
    if (result == 0)
        *ret_list = walk->list;
    else
        source_files_deinit(&walk->list);
    free(walk);
    return result;
}

uint8_t *source_files_pack(const SourceFiles *list, size_t room_bytes, size_t *first, size_t *ret_len_bytes)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__SourceFiles part = SNAPSHOT__SOURCE_FILES__INIT;
    size_t end = *first, len_bytes = ENVELOPE_BYTES;
    Snapshot__SourceFile *files;
    uint8_t *packet = NULL;

    while (end < list->num_files) {
        size_t file_bytes = strlen(list->files[end].path) + FILE_OVERHEAD_BYTES;

        if (len_bytes + file_bytes > room_bytes)
            break;
        len_bytes += file_bytes;
        end++;
    }
    part.n_files = end - *first;
    part.is_last = end == list->num_files;
    files = calloc(part.n_files + 1, sizeof(*files));
    part.files = calloc(part.n_files + 1, sizeof(*part.files));
    if (files && part.files) {
        for (size_t i = 0; i < part.n_files; i++) {
            const SourceFile *file = &list->files[*first + i];

            snapshot__source_file__init(&files[i]);
            files[i].path.data = (uint8_t *)file->path;
            files[i].path.len = strlen(file->path);
            files[i].size_bytes = file->size_bytes;
            files[i].content_hash = file->content_hash;
            part.files[i] = &files[i];
        }
        envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_SOURCE_FILES;
        envelope.source_files = &part;
        packet = malloc(snapshot__stub_message__get_packed_size(&envelope));
        if (packet) {
            *ret_len_bytes = snapshot__stub_message__pack(&envelope, packet);
            *first = end;
        }
    }
    free(files);
    free(part.files);
    return packet;
}

void source_files_deinit(SourceFiles *list)
{
    for (size_t i = 0; i < list->num_files; i++)
        free(list->files[i].path);
    free(list->files);
    *list = (SourceFiles){0};
}

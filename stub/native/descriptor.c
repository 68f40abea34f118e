#include "stub/native/descriptor.h"

#include <sys/stat.h>
#include <unistd.h>

Descriptor descriptor_own(int fd)
{
    struct stat status;

    if (fd < 0)
        return DESCRIPTOR_NONE;
    if (fstat(fd, &status) != 0) /* only if it was closed this very moment */
        return DESCRIPTOR_NONE;
    return (Descriptor){fd, status.st_dev, status.st_ino};
}

bool descriptor_is_ours(const Descriptor *descriptor)
{
    struct stat status;

    return descriptor->fd >= 0 && fstat(descriptor->fd, &status) == 0 &&
           status.st_dev == descriptor->device && status.st_ino == descriptor->inode;
}

void descriptor_close(Descriptor *descriptor)
{
    if (descriptor_is_ours(descriptor))
        (void)close(descriptor->fd); /* Linux: the descriptor is gone whatever close() says */
    *descriptor = DESCRIPTOR_NONE;
}

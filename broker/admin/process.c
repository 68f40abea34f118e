#include "broker/admin/process.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

int64_t process_resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long long num_pages = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%*s %lld", &num_pages) != 1)
        num_pages = 0;
    (void)fclose(file); /* it was only read */
    return num_pages * sysconf(_SC_PAGESIZE);
}

int64_t process_num_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    int64_t num = -1; /* the folder itself is open */

    if (!folder)
        return 0;
    while ((entry = readdir(folder)) != NULL)
        num += entry->d_name[0] != '.';
    (void)closedir(folder); /* it was only read */
    return num;
}

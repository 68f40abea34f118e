/* Files of trusted certificates. Any thread; reads a file. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* certificates_check() - that @path is readable and has a certificate in PEM in it. 0, -EINVAL (there is
 * none), or a negative errno of opening it. */
int certificates_check(const char *path);

#ifdef __cplusplus
}
#endif

#include "broker/http/certificates.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

int certificates_check(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate;

    if (!file)
        return -errno;
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file); /* it was only read */
    if (!certificate) {
        ERR_clear_error(); /* else the next call of OpenSSL would report it */
        return -EINVAL;
    }
    X509_free(certificate);
    return 0;
}

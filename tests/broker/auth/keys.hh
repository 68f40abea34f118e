/* Keys and files for tests: made anew in each run, so that none is in the repository. */
#pragma once

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>

inline std::string pem_of(EVP_PKEY *key)
{
    BIO *output = BIO_new(BIO_s_mem());
    char *text = nullptr;

    PEM_write_bio_PrivateKey(output, key, nullptr, nullptr, 0, nullptr, nullptr);
    long length = BIO_get_mem_data(output, &text);
    std::string pem(text, static_cast<size_t>(length));
    BIO_free(output);
    return pem;
}

inline EVP_PKEY *rsa_key()
{
    static EVP_PKEY *key = EVP_RSA_gen(2048);

    return key;
}

inline const std::string &rsa_pem()
{
    static const std::string pem = pem_of(rsa_key());

    return pem;
}

/* Of another size, or another kind; and encrypted. */
inline std::string small_rsa_pem()
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    std::string pem = pem_of(key);

    EVP_PKEY_free(key);
    return pem;
}

inline std::string ec_pem()
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    std::string pem = pem_of(key);

    EVP_PKEY_free(key);
    return pem;
}

inline std::string encrypted_pem()
{
    BIO *output = BIO_new(BIO_s_mem());
    char *text = nullptr;
    unsigned char passphrase[] = "x";

    PEM_write_bio_PrivateKey(output, rsa_key(), EVP_aes_128_cbc(), passphrase, 1, nullptr, nullptr);
    long length = BIO_get_mem_data(output, &text);
    std::string pem(text, static_cast<size_t>(length));
    BIO_free(output);
    return pem;
}

/* JSON that is written with ' in the place of ". */
inline std::string json_text(std::string text)
{
    for (char &character : text) {
        if (character == '\'')
            character = '"';
    }
    return text;
}

/* As a JSON string, with its quotes. */
inline std::string json_quote(const std::string &text)
{
    json_t *json = json_stringn(text.data(), text.size());
    char *dumped = json_dumps(json, JSON_ENCODE_ANY);
    std::string result = dumped;

    free(dumped);
    json_decref(json);
    return result;
}

inline std::string service_account_text()
{
    return json_text("{'type': 'service_account', 'project_id': 'shop', 'private_key_id': 'key1', "
                     "'client_email': 'broker@shop.iam.gserviceaccount.com', "
                     "'token_uri': 'https://oauth2.googleapis.com/token', 'private_key': ") +
           json_quote(rsa_pem()) + "}";
}

inline std::string authorized_user_text()
{
    return json_text("{'type': 'authorized_user', 'client_id': 'client1', 'client_secret': 'client-secret', "
                     "'refresh_token': '1//refresh-token', 'quota_project_id': 'quota'}");
}

/* @more: fields, each with a comma before it. */
inline std::string external_account_text(const std::string &source, const std::string &more = "")
{
    return json_text("{'type': 'external_account', 'audience': '//iam.googleapis.com/projects/42/locations/"
                     "global/workloadIdentityPools/p/providers/x', "
                     "'subject_token_type': 'urn:ietf:params:oauth:token-type:jwt', "
                     "'token_url': 'https://sts.googleapis.com/v1/token', 'credential_source': " +
                     source + more + "}");
}

#define IMPERSONATION_URL                                                                                    \
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"                                   \
    "target@shop.iam.gserviceaccount.com:generateAccessToken"

inline std::string impersonated_text(const std::string &source, const std::string &more = "")
{
    return json_text("{'type': 'impersonated_service_account', "
                     "'service_account_impersonation_url': '" IMPERSONATION_URL "'" +
                     more + ", 'source_credentials': ") +
           source + "}";
}

/* Secrets of every form that is known, made up anew in each run of a test from pieces, so that none of them
 * stands in a file. */
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

class Secrets
{
  public:
    /* A form: what is shown of one, and how one is made. */
    struct Form {
        std::string kind;
        std::function<std::string()> make;
    };

    explicit Secrets(uint32_t seed = 1) : random_(seed)
    {
    }

    /* Forms whose whole text is the secret. */
    std::vector<Form> forms()
    {
        auto form = [this](const std::string &kind, const std::string &start, const std::string &alphabet,
                           size_t size) {
            return Form{kind, [=] { return start + any(alphabet, size); }};
        };

        return {
            {"pem", [this] { return pem("RSA PRIVATE KEY", 4); }},
            {"pem", [this] { return pem("OPENSSH PRIVATE KEY", 3); }},
            {"pem", [this] { return pem("PRIVATE KEY", 2); }},
            {"pem", [this] { return pem("PGP PRIVATE KEY BLOCK", 3); }},
            {"private key",
             [this] {
                 return "MII"
                        "E" +
                        any(ALNUM, 1) + any("wgQ", 1) +
                        "IBAA"
                        "KCAQEA" +
                        any(BASE64, 90);
             }},
            {"private key",
             [this] {
                 return "MII"
                        "EvQ"
                        "IBADAN"
                        "BgkqhkiG" +
                        any(BASE64, 90);
             }},
            {"jwt", [this] { return jwt(); }},
            {"jwt", [this] { return jwt(); }},
            form("aws key",
                 "AK"
                 "IA",
                 CAPITALS, 16),
            form("aws key",
                 "AS"
                 "IA",
                 CAPITALS, 16),
            {"aws key", [this] { return aws_secret(); }},
            form("google key",
                 "AI"
                 "za",
                 BASE64_URL, 35),
            form("google key",
                 "GOC"
                 "SPX-",
                 ALNUM, 28),
            form("google key",
                 "ya"
                 "29.",
                 BASE64_URL, 60),
            form("github token",
                 "gh"
                 "p_",
                 ALNUM, 36),
            form("github token",
                 "gh"
                 "o_",
                 ALNUM, 36),
            form("github token",
                 "github_"
                 "pat_",
                 ALNUM, 82),
            form("gitlab token",
                 "gl"
                 "pat-",
                 ALNUM, 20),
            form("slack token",
                 "xo"
                 "xb-12345678901-",
                 ALNUM, 24),
            form("slack token",
                 "xo"
                 "xp-12345678901-",
                 ALNUM, 24),
            form("slack token",
                 "hooks.slack"
                 ".com/services/T0",
                 ALNUM, 32),
            form("stripe key",
                 "sk_"
                 "live_",
                 ALNUM, 24),
            form("stripe key",
                 "rk_"
                 "live_",
                 ALNUM, 24),
            {"api key",
             [this] {
                 return "sk"
                        "-" +
                        mixed(48);
             }},
            {"api key",
             [this] {
                 return "sk"
                        "-proj-" +
                        mixed(60);
             }},
            form("api key",
                 "sk"
                 "-ant-api03-",
                 ALNUM, 80),
            form("api key",
                 "S"
                 "G.",
                 ALNUM, 60),
            form("npm token",
                 "np"
                 "m_",
                 ALNUM, 36),
            form("pypi token",
                 "py"
                 "pi-AgEIcHlwaS5vcmc",
                 BASE64_URL, 70),
            form("token",
                 "h"
                 "f_",
                 ALNUM, 34),
            form("token",
                 "do"
                 "p_v1_",
                 HEX, 64),
            form("token",
                 "shp"
                 "at_",
                 HEX, 32),
            form("token",
                 "hv"
                 "s.",
                 ALNUM, 90),
            {"azure key", [this] { return azure_key(); }},
            {"password hash",
             [this] {
                 return "$2"
                        "b$12$" +
                        any(ALNUM, 53);
             }},
            {"password hash",
             [this] {
                 return "pbk"
                        "df2_sha256$600000$" +
                        mixed(22) + "$" + any(BASE64, 43) + "=";
             }},
            {"card", [this] { return card("4", 16); }},
            {"card", [this] { return card("51", 16); }},
            {"card", [this] { return card("2221", 16); }},
            {"card", [this] { return card("34", 15); }},
            {"card", [this] { return card("6011", 16); }},
            {"card", [this] { return card("36", 14); }},
            {"card", [this] { return card("3530", 16); }},
            {"card", [this] { return card("62", 19); }},
            {"card", [this] { return spaced(card("4", 16), ' '); }},
            {"card", [this] { return spaced(card("55", 16), '-'); }},
        };
    }

    /* Texts of which a part is the secret: {shown kind, before, secret, after}. */
    struct Part {
        std::string kind, before, secret, after;

        std::string text() const
        {
            return before + secret + after;
        }
    };

    std::vector<Part> parts()
    {
        std::string user = "bob" + any("0123456789", 3);

        return {
            {"url password", "postgres://" + user + ":", password(), "@db.example.com:5432/shop"},
            {"url password", "redis://:", password(), "@localhost:6379/0"},
            {"url password", "amqp://guest:", password() + "@" + password(), "@mq/"},
            {"url password", "mysql+pymysql://root:", password() + "/" + password(), "@host/db?x=1"},
            {"url password", "https://", any(ALNUM, 32), "@sentry.example.com/12"},
            {"authorization", "Bearer ", any(ALNUM, 40), ""},
            {"authorization", "bearer ", any(ALNUM, 24), ""},
            {"authorization", "Basic ", base64(user + ":" + password()), ""},
            {"authorization", "sent Bearer ", any(ALNUM, 32), " and failed"},
            {"authorization", "Token ", any(HEX, 40), ""},
            {"name", "Authorization: ", "Bearer " + any(ALNUM, 24), "\r\nHost: x"},
            {"name", "Set-Cookie: ", "sessionid=" + any(ALNUM, 24), "\r\nHost: x"},
            {"name", "X-Api-Key: ", any(HEX, 24), ""},
            {"name", "user=" + user + "&password=", password(), "&next=/"},
            {"name", R"({"user": "x", "password": ")", password(), R"(", "remember": true})"},
            {"name", R"({\"apiKey\": \")", password(), R"(\"})"},
            {"name", "{'db_password': '", password(), "', 'x': 1}"},
            {"name", "{'token': b'", password(), "'}"},
            {"name", "{'credentials': ", "{'a': '" + password() + "', 'b': [1, 2]}", ", 'x': 1}"},
            {"name", "AccountName=x;AccountKey=", azure_key(), ";EndpointSuffix=y"},
            {"name", "AWS_SECRET_ACCESS_KEY=", aws_secret(), "\nAWS_REGION=eu"},
            {"name", "mysql --password=", password(), " -u root"},
            {"name", "https://x/?access_token=", any(ALNUM, 20), "&y=2"},
            {"signature", "https://s3/x?X-Amz-Expires=60&X-Amz-Signature=", any(HEX, 64), "&y=2"},
            {"token", "1234567890:", "AA" + any(BASE64_URL, 33), ""},
        };
    }

    /* A password with no form at all. */
    std::string password()
    {
        return "pw" + any(ALNUM, 10) + any("!#%+", 1) + any(ALNUM, 3);
    }

    std::string jwt()
    {
        return base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." +
               base64_url(R"({"sub":")" + any(ALNUM, 12) + R"(","iat":1700000000})") + "." +
               any(BASE64_URL, 43);
    }

    std::string pem(const std::string &label, int num_lines)
    {
        std::string text = "-----BEGIN " + label + "-----\n";

        for (int i = 0; i < num_lines; i++)
            text += any(BASE64, 64) + "\n";
        return text + "-----END " + label + "-----";
    }

    /* 40 characters of base64; drawn again until they are as mixed as nearly all are. */
    std::string aws_secret()
    {
        return mixed(40, BASE64);
    }

    std::string azure_key()
    {
        return mixed(85, BASE64) + any("AQgw", 1) + "==";
    }

    std::string mixed(size_t size, const std::string &alphabet = ALNUM)
    {
        for (;;) {
            std::string text = any(alphabet, size);
            size_t num_changes = 0;

            for (size_t i = 1; i < size; i++)
                num_changes += class_of(text[i]) != class_of(text[i - 1]) && class_of(text[i]) < 3 &&
                               class_of(text[i - 1]) < 3;
            if (std::count(text.begin(), text.end(), '/') > 4)
                continue;
            if (num_changes >= size * 2 / 5 && text.find_first_of("0123456789") != std::string::npos &&
                text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos &&
                text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
                return text;
        }
    }

    /* A number that begins with @start, has @size digits, and the right check digit. */
    std::string card(const std::string &start, size_t size)
    {
        std::string digits = start + any("0123456789", size - start.size() - 1);
        unsigned sum = 0;

        for (size_t i = 0; i < digits.size(); i++) {
            unsigned digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');

            if (i % 2 == 0)
                digit = digit < 5 ? 2 * digit : 2 * digit - 9;
            sum += digit;
        }
        return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
    }

    static std::string spaced(const std::string &digits, char separator)
    {
        std::string result;

        for (size_t i = 0; i < digits.size(); i++) {
            if (i > 0 && i % 4 == 0)
                result += separator;
            result += digits[i];
        }
        return result;
    }

    std::string any(const std::string &alphabet, size_t size)
    {
        std::string result;

        for (size_t i = 0; i < size; i++)
            result += alphabet[random_() % alphabet.size()];
        return result;
    }

    static std::string base64(const std::string &text)
    {
        std::string result = encode(text, BASE64);

        result.append((4 - result.size() % 4) % 4, '=');
        return result;
    }

    static std::string base64_url(const std::string &text)
    {
        return encode(text, BASE64_URL);
    }

    inline static const std::string HEX = "0123456789abcdef";
    inline static const std::string CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    inline static const std::string ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    inline static const std::string BASE64 = ALNUM + "+/";
    inline static const std::string BASE64_URL = ALNUM + "-_";

  private:
    static int class_of(char byte)
    {
        return byte >= 'a' && byte <= 'z'   ? 0
               : byte >= 'A' && byte <= 'Z' ? 1
               : byte >= '0' && byte <= '9' ? 2
                                            : 3;
    }

    static std::string encode(const std::string &text, const std::string &alphabet)
    {
        std::string result;
        uint32_t bits = 0;
        int num_bits = 0;

        for (unsigned char byte : text) {
            bits = bits << 8 | byte;
            for (num_bits += 8; num_bits >= 6; num_bits -= 6)
                result += alphabet[bits >> (num_bits - 6) & 63];
        }
        if (num_bits > 0)
            result += alphabet[bits << (6 - num_bits) & 63];
        return result;
    }

    std::mt19937 random_;
};

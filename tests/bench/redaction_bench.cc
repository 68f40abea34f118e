/* What redaction adds to the broker's time for a snapshot: decoding the packet, rendering it, and writing the
 * JSON, with and without it, in turn. The store, which comes after it, is left out: its time would flatter.
 *
 * The snapshots are those of the original's table: tiny, typical and heavy; and one full of secrets. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <jansson.h>

#include "broker/apps/render.h"
#include "broker/privacy/redact.h"
#include "broker/stubs/packet.h"
#include "tests/broker/apps/wire.hh"
#include "tests/broker/privacy/secrets.hh"

namespace
{

constexpr int NUM_ROUNDS = 400;

/* Of this process: others on the machine do not count. */
double now_us()
{
    timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/* Values such as a web shop has. */
class Shop
{
  public:
    Wire wire;
    Wire::Variables table;

    Wire::Variable *item(int i)
    {
        return wire.dict({
            key("id", wire.integer(1000 + i)),
            key("sku", wire.text("SKU-2024-00" + std::to_string(i))),
            key("title", wire.text("Blue ceramic mug, 0.3 l")),
            key("price", wire.real(12.5)),
            key("is_active", wire.singleton(SNAPSHOT__VARIABLE__SINGLETON__TRUE)),
        });
    }

    Wire::Variable *customer(int i)
    {
        table.push_back(wire.object(
            {
                wire.named("first_name", wire.text("Ada")),
                wire.named("email", wire.text("ada.lovelace@example.com")),
                wire.named("address", wire.text("12 Station Road, 10115 Berlin")),
                wire.named("created_at", wire.literal("2024-06-11 02:30:00", wire.type("datetime.datetime"))),
                wire.named("orders", wire.list({wire.integer(i), wire.integer(i + 1)})),
            },
            "shop.models.Customer"));
        return wire.reference(static_cast<uint32_t>(table.size()));
    }

    Wire::Variables locals(int num_dicts)
    {
        Wire::Variables items, settings;

        for (int i = 0; i < num_dicts; i++)
            items.push_back(item(i));
        for (int i = 0; i < 20; i++)
            settings.push_back(
                key("option_" + std::to_string(i), wire.text("value of option " + std::to_string(i))));
        return {
            wire.named("items", wire.list(items)),
            wire.named("settings", wire.dict(settings)),
            wire.named("customer", customer(1)),
            wire.named("request_path", wire.text("/api/v2/orders/5123/items?page=3&sort=created_at")),
            wire.named("description", wire.text(text(300), 1000)),
            wire.named(
                "body",
                wire.text(R"({"order": 5123, "items": [{"id": 1, "qty": 2}], "note": "leave at the door"})")),
            wire.named("query",
                       wire.text("SELECT id, title, price FROM items WHERE order_id = %s AND is_active")),
            wire.named("total", wire.real(99.95)),
            wire.named("count", wire.integer(25)),
            wire.named("nothing", wire.none()),
        };
    }

    Wire::Variable *key(const std::string &name, Wire::Variable *value)
    {
        return wire.keyed(wire.text(name), value);
    }

    std::string text(size_t size)
    {
        std::string result;

        while (result.size() < size)
            result += "The quick brown fox jumps over the lazy dog, again and again. ";
        return result.substr(0, size);
    }
};

std::string packet_of(Shop &shop, const std::vector<Wire::Variables> &frames)
{
    std::vector<Snapshot__Frame *> list;
    Snapshot__StubMessage message = SNAPSHOT__STUB_MESSAGE__INIT;

    for (const Wire::Variables &locals : frames)
        list.push_back(shop.wire.frame("handle_request", "/srv/app/shop/views.py", 42, {}, locals));
    Snapshot__Capture capture = shop.wire.capture(list, {}, shop.table);

    message.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE;
    message.capture = &capture;
    std::string packet(snapshot__stub_message__get_packed_size(&message), '\0');
    snapshot__stub_message__pack(&message, reinterpret_cast<uint8_t *>(packet.data()));
    return packet;
}

std::string tiny()
{
    Shop shop;

    return packet_of(shop, {{shop.wire.named("number", shop.wire.integer(5)),
                             shop.wire.named("name", shop.wire.text("Ada")),
                             shop.wire.named("total", shop.wire.real(1.5))},
                            {},
                            {},
                            {},
                            {},
                            {},
                            {},
                            {},
                            {}});
}

std::string typical()
{
    Shop shop;
    std::vector<Wire::Variables> frames(14);

    for (int i = 0; i < 5; i++)
        frames[static_cast<size_t>(i)] = shop.locals(22);
    return packet_of(shop, frames);
}

std::string heavy()
{
    Shop shop;
    std::vector<Wire::Variables> frames(14);

    for (int i = 0; i < 5; i++)
        frames[static_cast<size_t>(i)] = shop.locals(105);
    return packet_of(shop, frames);
}

std::string full_of_secrets()
{
    Shop shop;
    Secrets secrets;
    std::vector<Wire::Variables> frames(1);

    for (const Secrets::Form &form : secrets.forms())
        frames[0].push_back(shop.wire.named("item", shop.wire.text("a " + form.make() + " b")));
    for (const Secrets::Part &part : secrets.parts())
        frames[0].push_back(shop.wire.named("item", shop.wire.text(part.text())));
    for (int i = 0; i < 50; i++)
        frames[0].push_back(shop.wire.named("db_password", shop.wire.text(secrets.password())));
    return packet_of(shop, frames);
}

size_t num_variables;

/* One snapshot's way through the broker; @redactor NULL: as it was without redaction. */
double run(const std::string &packet, Arena *arena, Redactor *redactor)
{
    const RenderContext context = {};
    double start = now_us();
    Snapshot__StubMessage *message = nullptr;
    json_t *json = json_object();
    char *text;

    if (packet_decode(reinterpret_cast<const uint8_t *>(packet.data()), packet.size(), arena, &message) != 0)
        abort();
    redact_capture(redactor, message->capture);
    if (render_capture(message->capture, &context, json) < 0)
        abort();
    text = json_dumps(json, JSON_COMPACT);
    num_variables = static_cast<size_t>(std::count(text, text + strlen(text), '{'));
    free(text);
    json_decref(json);
    return now_us() - start;
}

double median(std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

void bench(const char *name, const std::string &packet, Arena *arena, Redactor *redactor)
{
    std::vector<double> without, with;
    double base, added;

    for (int i = 0; i < NUM_ROUNDS; i++) {
        without.push_back(run(packet, arena, nullptr));
        with.push_back(run(packet, arena, redactor));
    }
    base = median(without);
    added = median(with) - base;
    printf("%-16s %7zu %9zu %11.1f %11.1f %10.1f %%\n", name, packet.size(), num_variables, base,
           base + added, 100 * added / base);
}

} // namespace

int main()
{
    RedactorOptions options = {};
    Redactor *redactor = nullptr;
    Arena *arena = nullptr;

    if (redactor_new(&options, &redactor) < 0 || arena_new(PACKET_MEMORY_BYTES_MAX, &arena) < 0)
        return 1;
    printf("%-16s %7s %9s %11s %11s %12s\n", "snapshot", "bytes", "objects", "without us", "with us",
           "added");
    bench("tiny", tiny(), arena, redactor);
    bench("typical", typical(), arena, redactor);
    bench("heavy", heavy(), arena, redactor);
    bench("full of secrets", full_of_secrets(), arena, redactor);
    arena_free(arena);
    redactor_free(redactor);
    return 0;
}

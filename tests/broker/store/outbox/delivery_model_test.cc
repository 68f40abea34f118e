/* Every interleaving of two hosts that have a result of the same breakpoint, a user who deletes it or does
 * not, crashes, answers that are lost, and requests that arrive late: from each state that can be reached
 * every step is taken, and the states in which nothing can happen any more are judged.
 *
 * Time appears as an order: a confirmation begins only when a deletion that was under way at the outcome is
 * over, and when no request of that host is under way, which is what DELIVERY_CONFIRM_MS is for (for the
 * second, DELIVERY_HELP_MS as well).
 *
 * Left out are claims that come back from the dead: a user deletes all of a breakpoint, and the host that had
 * claimed it, and has not heard of that, claims it again (after a crash, or by a late request; a logpoint's
 * by a late request at any time) just when its own or a helper's update, decided upon before the deletion,
 * arrives. Then both records are there and agree.
 */
#include "broker/store/outbox/delivery.h"

#include <gtest/gtest.h>
#include <string.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace
{

enum : uint8_t { NOBODY = 0 }; /* else the host, 1 or 2 */
constexpr int NUM_HOSTS = 2;

struct Database {
    bool has_active = true;
    uint8_t snapshot = NOBODY; /* whose */
    uint8_t final = NOBODY;
};

enum UserStep : uint8_t { USER_IDLE, USER_ACTIVE_DELETED, USER_FINAL_DELETED, USER_DONE };

struct Host {
    Delivery delivery;
    /* On disk. */
    DeliveryStage stage;
    DeliveryOutcome outcome;
    bool was_active;
    uint8_t mark;
    bool is_finished;
    /* In memory. */
    uint8_t read_mark; /* of READ_CLAIM */
    bool waits_for_user;
    uint8_t told; /* the outcome, once it is known; of all runs */
    uint8_t num_told;
    /* The world's. */
    uint8_t num_crashes;
    uint8_t num_failures;
    uint8_t late; /* 0: nothing; else 1 + the action that is under way still */
    uint8_t late_mark;
    bool is_dead;
    bool has_claimed;
};

struct World {
    Database database;
    Host hosts[NUM_HOSTS];
    uint8_t user;
};

struct Model {
    bool is_logpoint;
    bool user_deletes;
    bool may_die;
    int num_crashes;
    int num_failures;
    bool may_be_late;
};

uint8_t &claim_of(Database &database, bool is_logpoint)
{
    return is_logpoint ? database.final : database.snapshot;
}

/* The effect of a request, and its answer. */
DeliveryEvent apply(const Model &model, Database &database, Host &host, DeliveryAction action, uint8_t mark)
{
    uint8_t &claim = claim_of(database, model.is_logpoint);
    auto whose = [mark](uint8_t found) {
        return found == NOBODY ? DELIVERY_ABSENT : found == mark ? DELIVERY_OURS : DELIVERY_THEIRS;
    };

    switch (action) {
    case DELIVERY_READ_ACTIVE:
        return database.has_active ? DELIVERY_PRESENT : DELIVERY_ABSENT;
    case DELIVERY_CLAIM:
        if (claim != NOBODY)
            return claim == mark ? DELIVERY_OURS : DELIVERY_CONFLICT;
        claim = mark;
        host.has_claimed = true;
        return DELIVERY_WRITTEN;
    case DELIVERY_READ_CLAIM:
        host.read_mark = claim;
        return whose(claim);
    case DELIVERY_READ_MARK:
        return whose(claim);
    case DELIVERY_HELP:
        if (model.is_logpoint) {
            if (claim != host.read_mark)
                return DELIVERY_CONFLICT;
            claim = mark;
            return DELIVERY_WRITTEN;
        }
        [[fallthrough]];
    case DELIVERY_FINISH:
        database.has_active = false;
        if (!model.is_logpoint)
            database.final = mark;
        return DELIVERY_WRITTEN;
    case DELIVERY_READ_FINAL:
        return whose(database.final);
    case DELIVERY_REMOVE_CLAIM:
        if (claim != mark)
            return DELIVERY_CONFLICT;
        claim = NOBODY;
        return DELIVERY_WRITTEN;
    case DELIVERY_REMOVE_FINAL:
        if (database.final != mark)
            return DELIVERY_CONFLICT;
        database.final = NOBODY;
        return DELIVERY_WRITTEN;
    default:
        ADD_FAILURE() << "no request: " << delivery_action_name(action);
        return DELIVERY_FAILED;
    }
}

bool is_request(DeliveryAction action)
{
    return action < DELIVERY_PAUSE;
}

bool is_write(DeliveryAction action)
{
    return action == DELIVERY_CLAIM || action == DELIVERY_FINISH || action == DELIVERY_HELP ||
           action == DELIVERY_REMOVE_CLAIM || action == DELIVERY_REMOVE_FINAL;
}

/* What outbox.c does around a step. */
void take(const Model &model, World &world, int which, DeliveryEvent event)
{
    Host &host = world.hosts[which];
    DeliveryOutcome before = host.delivery.outcome;

    DeliveryAction action = delivery_step(&host.delivery, event);
    if (action == DELIVERY_HELP && !model.is_logpoint)
        host.mark = host.read_mark;
    host.stage = host.delivery.stage;
    host.outcome = host.delivery.outcome;
    host.was_active = host.delivery.was_active;
    host.is_finished = action == DELIVERY_END;
    if (host.outcome != before) {
        host.told = static_cast<uint8_t>(host.outcome);
        host.num_told++;
    }
    host.waits_for_user = host.stage == DELIVERY_CONFIRMING && action == DELIVERY_WAIT &&
                          world.user != USER_IDLE && world.user != USER_DONE;
}

void restart(const Model &model, World &world, Host &host)
{
    host.num_crashes++;
    host.read_mark = NOBODY;
    delivery_restore(&host.delivery, model.is_logpoint, host.stage, host.outcome, host.was_active);
    /* The wait of a confirmation begins anew. */
    host.waits_for_user =
        host.stage == DELIVERY_CONFIRMING && world.user != USER_IDLE && world.user != USER_DONE;
}

class Explorer
{
  public:
    explicit Explorer(const Model &model) : model_(model)
    {
    }

    void run()
    {
        World first = {};

        for (int i = 0; i < NUM_HOSTS; i++) {
            delivery_init(&first.hosts[i].delivery, model_.is_logpoint);
            first.hosts[i].mark = static_cast<uint8_t>(i + 1);
        }
        add(first, -1, "begin");
        while (!queue_.empty() && !testing::Test::HasNonfatalFailure()) {
            size_t index = queue_.front();

            queue_.pop_front();
            expand(index);
        }
    }

    size_t num_states() const
    {
        return worlds_.size();
    }
    size_t num_ends() const
    {
        return num_ends_;
    }

  private:
    void add(const World &world, long from, std::string what)
    {
        std::string key(reinterpret_cast<const char *>(&world), sizeof world);

        if (!seen_.emplace(key, worlds_.size()).second)
            return;
        queue_.push_back(worlds_.size());
        worlds_.push_back({world, from, std::move(what)});
    }

    std::string history(long index) const
    {
        std::string text;

        for (; index >= 0; index = worlds_[static_cast<size_t>(index)].from) {
            const World &world = worlds_[static_cast<size_t>(index)].world;

            text = worlds_[static_cast<size_t>(index)].what + "  [active " +
                   std::to_string(world.database.has_active) + " snapshot " +
                   std::to_string(world.database.snapshot) + " final " +
                   std::to_string(world.database.final) + "]\n" + text;
        }
        return text;
    }

    void expand(size_t index)
    {
        const World world = worlds_[index].world; /* a copy: the vector grows */
        long from = static_cast<long>(index);
        bool is_end = true;

        if (model_.user_deletes && world.user != USER_DONE) {
            step_user(world, from);
            is_end = false;
        }
        for (int i = 0; i < NUM_HOSTS; i++)
            is_end = !expand_host(world, from, i) && is_end;
        if (is_end) {
            num_ends_++;
            judge(world, from);
        }
    }

    /* As the command line does it. */
    void step_user(World world, long from)
    {
        static const char *const names[] = {"user deletes active", "user deletes final",
                                            "user deletes snapshot"};
        const char *what = names[world.user];

        if (world.user == USER_IDLE)
            world.database.has_active = false;
        else if (world.user == USER_ACTIVE_DELETED)
            world.database.final = NOBODY;
        else
            world.database.snapshot = NOBODY;
        world.user++;
        if (world.user == USER_DONE)
            for (Host &host : world.hosts)
                host.waits_for_user = false;
        add(world, from, what);
    }

    bool expand_host(const World &world, long from, int i)
    {
        const Host &host = world.hosts[i];
        std::string name = "host " + std::to_string(i + 1) + " ";
        bool can_go = false;

        if (host.late) { /* also of a host that is dead by now */
            step_late(world, from, i, name);
            can_go = true;
        }
        if (host.is_finished || host.is_dead)
            return can_go;
        if (host.num_crashes < model_.num_crashes) {
            World next = world;

            restart(model_, next, next.hosts[i]);
            add(next, from, name + "crashes");
        }
        if (model_.may_die && i == 0) {
            World next = world;

            next.hosts[i].is_dead = true;
            add(next, from, name + "is gone for ever");
        }
        if (is_request(host.delivery.doing)) {
            request(world, from, i, name + delivery_action_name(host.delivery.doing));
            return true;
        }
        bool is_long_after = host.stage == DELIVERY_CONFIRMING || host.delivery.has_yielded;
        if (host.waits_for_user || (is_long_after && host.late))
            return can_go; /* that is over before */
        World next = world;
        take(model_, next, i, DELIVERY_BEGIN);
        add(next, from, name + "begins");
        return true;
    }

    void step_late(World world, long from, int i, const std::string &name)
    {
        Host &host = world.hosts[i];
        auto action = static_cast<DeliveryAction>(host.late - 1);
        uint8_t mark = host.late_mark;
        uint8_t read_mark = host.read_mark;

        if (action == DELIVERY_CLAIM && comes_back_from_the_dead(world, i))
            return;
        host.late = 0;
        host.late_mark = NOBODY;
        (void)apply(model_, world.database, host, action, mark);
        host.read_mark = read_mark;
        host.waits_for_user |= world.user != USER_IDLE && world.user != USER_DONE;
        add(world, from, name + "late " + delivery_action_name(action));
    }

    /* See the top: host @i, which had claimed before, is about to do so anew. */
    bool comes_back_from_the_dead(const World &world, int i) const
    {
        uint8_t mark = static_cast<uint8_t>(i + 1);
        bool is_update_due = world.database.final == mark;

        for (const Host &host : world.hosts)
            is_update_due |= host.delivery.has_yielded || host.delivery.doing == DELIVERY_FINISH ||
                             host.late == 1 + DELIVERY_FINISH || host.late == 1 + DELIVERY_HELP;
        return world.user >= (model_.is_logpoint ? USER_FINAL_DELETED : USER_DONE) &&
               world.hosts[i].has_claimed && is_update_due;
    }

    void request(const World &world, long from, int i, const std::string &name)
    {
        const Host &host = world.hosts[i];
        DeliveryAction action = host.delivery.doing;
        World next = world;

        if (action == DELIVERY_CLAIM && comes_back_from_the_dead(world, i))
            return;
        DeliveryEvent event = apply(model_, next.database, next.hosts[i], action, host.mark);

        take(model_, next, i, event);
        add(next, from, name);
        if (host.num_failures >= model_.num_failures)
            return;

        World lost = world; /* it takes place, but nobody hears of it */
        lost.hosts[i].num_failures++;
        (void)apply(model_, lost.database, lost.hosts[i], action, host.mark);
        take(model_, lost, i, DELIVERY_FAILED);
        add(lost, from, name + ", the answer is lost");

        World failed = world; /* it does not */
        failed.hosts[i].num_failures++;
        take(model_, failed, i, DELIVERY_FAILED);
        add(failed, from, name + " fails");

        if (model_.may_be_late && is_write(action) && !host.late) {
            failed.hosts[i].late = static_cast<uint8_t>(1 + action);
            failed.hosts[i].late_mark = host.mark;
            add(failed, from, name + " is delayed");
        }
    }

    void judge(const World &world, long from)
    {
        const Database &database = world.database;
        int num_done = 0;
        int done_by = NOBODY;
        bool is_somebody_dead = false;

        for (int i = 0; i < NUM_HOSTS; i++) {
            const Host &host = world.hosts[i];

            is_somebody_dead |= host.is_dead;
            if (host.is_dead)
                continue;
            EXPECT_TRUE(host.is_finished) << history(from);
            EXPECT_EQ(host.num_told, 1) << history(from);
            if (host.told == DELIVERY_DONE) {
                num_done++;
                done_by = i + 1;
            }
            if (!model_.user_deletes) {
                EXPECT_NE(host.told, DELIVERY_DELETED) << history(from);
            }
            EXPECT_NE(host.told, DELIVERY_REJECTED) << history(from);
        }
        EXPECT_LE(num_done, 1) << history(from);
        EXPECT_FALSE(database.has_active) << history(from);
        if (model_.user_deletes) {
            /* What was deleted stays so. A host that is gone may have left half of something. */
            if (!is_somebody_dead) {
                EXPECT_EQ(database.snapshot, NOBODY) << history(from);
                EXPECT_EQ(database.final, NOBODY) << history(from);
            }
            return;
        }
        /* One result is there, whole, and its host knows. */
        EXPECT_NE(database.final, NOBODY) << history(from);
        if (!model_.is_logpoint) {
            EXPECT_EQ(database.snapshot, database.final) << history(from);
        }
        /* A logpoint's claim that was finished by the other host bears that one's mark. */
        if (!is_somebody_dead && !model_.is_logpoint) {
            EXPECT_EQ(num_done, 1) << history(from);
            EXPECT_EQ(database.final, done_by) << history(from);
        }
    }

    struct Known {
        World world;
        long from;
        std::string what;
    };

    Model model_;
    std::deque<size_t> queue_;
    std::vector<Known> worlds_;
    std::unordered_map<std::string, size_t> seen_;
    size_t num_ends_ = 0;
};

void explore(const Model &model)
{
    Explorer explorer(model);

    explorer.run();
    printf("%zu states, %zu ends\n", explorer.num_states(), explorer.num_ends());
    EXPECT_GT(explorer.num_ends(), 0u);
}

TEST(DeliveryModelTest, OneResultWhateverFails)
{
    explore({.is_logpoint = false,
             .user_deletes = false,
             .may_die = false,
             .num_crashes = 2,
             .num_failures = 2,
             .may_be_late = true});
}

TEST(DeliveryModelTest, WhatIsDeletedStaysDeleted)
{
    explore({.is_logpoint = false,
             .user_deletes = true,
             .may_die = false,
             .num_crashes = 1,
             .num_failures = 0,
             .may_be_late = false});
}

TEST(DeliveryModelTest, WhatIsDeletedStaysDeletedWhateverFails)
{
    explore({.is_logpoint = false,
             .user_deletes = true,
             .may_die = false,
             .num_crashes = 0,
             .num_failures = 1,
             .may_be_late = true});
}

TEST(DeliveryModelTest, ResultOfAHostThatIsGoneIsFinished)
{
    explore({.is_logpoint = false,
             .user_deletes = false,
             .may_die = true,
             .num_crashes = 1,
             .num_failures = 1,
             .may_be_late = false});
}

TEST(DeliveryModelTest, LogpointHasOneFinalWhateverFails)
{
    explore({.is_logpoint = true,
             .user_deletes = false,
             .may_die = false,
             .num_crashes = 1,
             .num_failures = 1,
             .may_be_late = true});
}

TEST(DeliveryModelTest, LogpointThatIsDeletedStaysDeleted)
{
    explore({.is_logpoint = true,
             .user_deletes = true,
             .may_die = false,
             .num_crashes = 1,
             .num_failures = 1,
             .may_be_late = false});
}

} // namespace

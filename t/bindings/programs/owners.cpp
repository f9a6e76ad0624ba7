/* SPDX-License-Identifier: Apache-2.0 */
/* What the owners of jobsessions.hpp own: through moves, exceptions, a fork and another thread. Ends with the number of
 * the first expectation that does not hold. */
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <type_traits>

#include <sys/wait.h>

#include <jobsessions.hpp>

using jobsessions::database;
using jobsessions::transaction;

static_assert(
    !std::is_copy_constructible_v<database> && !std::is_copy_constructible_v<transaction>);
static_assert(std::is_nothrow_move_constructible_v<
                  database> && std::is_nothrow_move_assignable_v<transaction>);

static void expect(int number, bool holds)
{
    if (!holds) {
        std::fprintf(stderr, "expectation %d does not hold\n", number);
        std::exit(number);
    }
}

template <typename Call> static js_result result_of(Call call)
{
    try {
        call();
        return JS_OK;
    } catch (const jobsessions::error &error) {
        return error.result();
    }
}

static const char success[] = R"({"status":"Success"})";

static void moves(database &store)
{
    transaction first(store);
    std::string id = first.put(success);
    transaction second = std::move(first);
    expect(1, result_of([&] { first.commit(); }) == JS_MISUSE); // NOLINT(bugprone-use-after-move)
    second.commit();
    expect(2, !store.get(id).empty());
    expect(3, result_of([&] { second.commit(); }) == JS_MISUSE);
}

/* An exception on its way ends the transaction it leaves. */
static void throws(database &store)
{
    js_result thrown = result_of([&] {
        transaction begun(store);
        begun.put(success);
        begun.put("{");
    });
    expect(4, thrown == JS_INVALID);
    expect(5, result_of([&] { (void)store.get("2"); }) == JS_NOT_FOUND);
    expect(6, store.put(success) == "2");
}

/* Another thread gets no further than its limit, and a transaction stays with its own. */
static void threads(database &store)
{
    transaction begun(store);
    js_result waited = JS_OK;
    js_result committed = JS_OK;
    store.set_wait_limit(std::chrono::milliseconds(50));
    std::thread([&] {
        waited = result_of([&] { store.put(success); });
        committed = result_of([&] { begun.commit(); });
    }).join();
    expect(7, waited == JS_BUSY);
    expect(8, committed == JS_MISUSE);
    expect(9, begun.put(success) == "3");
    begun.commit();
}

/* A child can neither commit nor end what is its parent's. */
static void child(database &store)
{
    transaction begun(store);
    (void)begun.put(success);
    pid_t pid = fork();
    if (pid == 0) {
        js_result first = result_of([&] { begun.commit(); });
        js_result second = result_of([&] { begun.commit(); });
        _exit(first == JS_MISUSE && second == JS_MISUSE ? 0 : 1);
    }
    int status = -1;
    (void)waitpid(pid, &status, 0);
    expect(10, status == 0);
    begun.commit();
    expect(11, !store.get("4").empty());
}

/* More than are copied at once, and a walk that is given up. */
static void found(database &store)
{
    transaction begun(store);
    for (int i = 0; i < 250; i++) {
        (void)begun.put(R"({"status":"Warning"})");
    }
    begun.commit();
    std::size_t handed = 0;
    for (const std::string &session : store.sessions({{"status", "Warning"}})) {
        handed += session.find("Warning") != std::string::npos;
        (void)store.put(R"({"status":"Warning"})");
    }
    expect(12, handed == 250);
    expect(13, store.count({{"status", "Warning"}}) == 500);
    jobsessions::found_sessions some = store.sessions();
    expect(14, some.begin()->find("Warning") != std::string::npos);
    jobsessions::found_sessions none = store.sessions({{"limit", "0"}});
    expect(15, none.begin() == none.end());
    expect(16, result_of([&] { (void)store.count({{"filter", ""}}); }) == JS_INVALID);
}

int main()
{
    std::filesystem::remove_all("owners");
    database opened("owners");
    database store = std::move(opened);
    moves(store);
    throws(store);
    threads(store);
    child(store);
    found(store);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A session's life from start to finish, and what is refused on the way, in the database ./db:
 *
 *     c++ -std=c++17 life.cpp $(pkg-config --cflags --libs jobsessions)
 */
#include <filesystem>
#include <iostream>

#include <jobsessions.hpp>

using jobsessions::database;
using jobsessions::transaction;

/* Commit what is to be refused, and say why it was. */
template <typename Call> static void refused(Call call)
{
    try {
        call();
        std::cout << "taken\n";
    } catch (const jobsessions::error &error) {
        std::cout << "refused " << error.result() << ' ' << error.member() << ": " << error.what()
                  << '\n';
    }
}

static void create(database &store)
{
    std::string id = store.put(R"({"type":"PolicyBackup","status":"Running",
        "executionStartTime":"2026-11-23T08:00:00Z",
        "backupJobInfo":{"policyId":"5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40",
        "policyName":"Zürich, nightly","protectedInstancesCount":0,"policyRemoved":false}})");
    std::cout << "created " << id << '\n';
}

static void report(database &store)
{
    transaction begun(store);
    begun.append(
        "1", JS_LOG,
        R"({"logTime":"2026-11-23T08:00:01Z","status":"Success","message":"web01 begins"})");
    begun.append(
        "1", JS_LOG,
        R"({"logTime":"2026-11-23T08:16:24Z","status":"Success","message":"web01 is safe"})");
    begun.append("1", JS_PROTECTED_ITEMS, R"({"name":"web01"})");
    begun.update(R"({"id":"1","backupJobInfo":{"protectedInstancesCount":1}})");
    begun.commit();
}

static void finish(database &store)
{
    store.update(R"({"id":"1","status":"Success","executionStopTime":"2026-11-23T08:16:25Z"})");
}

static void read_back(const database &store)
{
    std::cout << "session " << store.get("1") << '\n';
    for (js_item_kind kind : {JS_LOG, JS_PROTECTED_ITEMS}) {
        for (const std::string &item : store.items("1", kind)) {
            std::cout << js_item_list(kind) << ' ' << item << '\n';
        }
    }
}

static void remove_another(database &store)
{
    std::string id = store.put(R"({"type":"Retention","status":"Running"})");
    refused([&] { store.remove(id); });
    store.remove(id, JS_REMOVE_ANY);
    refused([&] { store.put(R"({"id":"2","status":"Success"})"); });
}

/* A transaction that goes out of scope leaves nothing, and one's own put would wait for it. */
static void give_up(database &store)
{
    {
        transaction begun(store);
        begun.put(R"({"status":"Success"})");
        refused([&] { store.put(R"({"status":"Success"})"); });
    }
    refused([&] { (void)store.get("3"); });
}

static void show(const std::optional<jobsessions::stop_request> &request)
{
    std::cout << "asked by " << (request ? request->user : "nobody") << '\n';
}

/* A session with an id of the worker's own, who sees that it is to stop. */
static void stop(database &store)
{
    std::string id = store.put(R"({"id":"F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6",
        "type":"PolicyBackup","status":"Running"})");
    std::cout << "created " << id << '\n';
    std::filesystem::create_directory("stops");
    show(store.stop_requested("stops", id));
    store.ask_to_stop("stops", id, "operator");
    show(store.stop_requested("stops", id));
    show(store.stop_take("stops", id));
    show(store.stop_take("stops", id));
    std::cout << "session " << store.get(id) << '\n';
    store.append(id, JS_LOG, R"({"message":"stopped"})");
    store.update(R"({"id":")" + id + R"(","status":"Canceled"})");
    refused([&] { store.ask_to_stop("stops", id, "operator"); });
}

static void misuse(database &store)
{
    refused([&] { (void)store.get("00000000-0000-4000-8000-000000000000"); });
    refused([&] { (void)store.get("x"); });
    refused([&] { store.update(R"({"id":"7","status":"Success"})"); });
    refused([&] { store.put(R"({"status":"Ready"})"); });
    refused([&] { store.append("1", JS_PROTECTED_ITEMS, "{}"); });
    refused([] { database second("db"); });
}

static void list(const database &store, jobsessions::conditions wanted)
{
    std::cout << store.count(wanted) << " found\n";
    for (const std::string &session : store.sessions(wanted)) {
        std::cout << "found " << session << '\n';
    }
}

static void find(const database &store)
{
    list(store, {});
    list(store, {{"filter", "Zürich, nightly"},
                 {"status", "Success"},
                 {"status", "Failed"},
                 {"limit", "10"}});
    list(store, {{"filter", "a&b=+%"}});
    refused([&] { (void)store.sessions({{"sort", "IdAsc"}}); });
    refused([&] { (void)store.sessions({{"status", ""}}); });
}

/* The first session is this process's, the second nobody's: sweep tells them apart when it has ended. */
static void work_for_others(database &store)
{
    store.put(R"({"type":"Retention","status":"Running"})");
    store.set_worker(0);
    store.put(R"({"type":"Retention","status":"Running"})");
    refused([&] { store.set_worker(2147483647); });
}

int main()
{
    try {
        std::cout << "version " << jobsessions::version() << '\n';
        database store("db");
        create(store);
        report(store);
        finish(store);
        read_back(store);
        remove_another(store);
        give_up(store);
        stop(store);
        misuse(store);
        find(store);
        work_for_others(store);
        return 0;
    } catch (const jobsessions::error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

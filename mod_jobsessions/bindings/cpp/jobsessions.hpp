/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jobsessions.hpp
 * The job-session store for C++17: jobsessions.h with owners that close what they opened, and errors that are thrown.
 * What a session is, and what the store promises, stands there.
 *
 *     jobsessions::database database("/var/lib/jobsessions");
 *     std::string id = database.put(R"({"type":"PolicyBackup","status":"Running"})");
 *
 *     jobsessions::transaction transaction(database);
 *     transaction.append(id, JS_LOG, R"({"message":"web01 is safe"})");
 *     transaction.update(R"({"id":")" + id + R"(","status":"Success"})");
 *     transaction.commit();
 *
 *     c++ -std=c++17 worker.cpp $(pkg-config --cflags --libs jobsessions)
 *
 * Every function that can fail throws jobsessions::error. Objects can be moved, and not copied; one that was moved from
 * can be assigned to and destroyed, and nothing else. A database is shared by threads. A transaction is used and ended
 * in the thread that began it, and must be gone before its database. Ids are text, as sessions have them: a number, or
 * the uuid that a session was created under.
 */
#ifndef JOBSESSIONS_HPP
#define JOBSESSIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <jobsessions_read.h>

namespace jobsessions
{

/** What a call of the library has to say: what() is its sentence for people. */
class error : public std::runtime_error
{
  public:
    explicit error(const js_error &from)
        : std::runtime_error(from.message), result_(from.result), member_(from.member)
    {
    }
    error(js_result result, const std::string &message)
        : std::runtime_error(message), result_(result)
    {
    }

    /** JS_INVALID, JS_NOT_FOUND and so on; never JS_OK. */
    js_result result() const noexcept
    {
        return result_;
    }

    /** Dotted path of the member that was refused, or "". */
    const std::string &member() const noexcept
    {
        return member_;
    }

  private:
    js_result result_;
    std::string member_;
};

/** For the wrapper's own use: throws where a call was not JS_OK. */
inline void check(js_result result, const js_error &from)
{
    if (result != JS_OK) {
        throw error(from);
    }
}

/** The version of the library that the program runs with. */
inline std::string version()
{
    return js_version();
}

/** Who asks that a session be stopped, and when. */
struct stop_request {
    std::string user; /**< "": nobody was named */
    std::string time; /**< date and time, in UTC */
};

/** Conditions by which sessions are wanted, such as {{"status", "Running,Warning"}, {"limit", "10"}}: the names and what
 * they take are those of js_sessions_begin(). All that is given must hold; none: all sessions. */
using conditions = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/** For the wrapper's own use: conditions as the library takes them. */
inline std::string query_of(conditions given)
{
    static const char digits[] = "0123456789ABCDEF";
    std::string query;
    const auto encode = [&query](std::string_view text) {
        for (char character : text) {
            const auto byte = static_cast<unsigned char>(character);
            query += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    };
    for (const auto &[name, value] : given) {
        encode(name);
        query += '=';
        encode(value);
        query += '&';
    }
    return query;
}

/**
 * Sessions that were found, newest first, as their JSON: for (const std::string &session : database.sessions()). They are
 * gone through once, by one thread at a time, and before the database is gone. Going on throws what js_sessions_next() lists.
 */
class found_sessions
{
  public:
    class iterator
    {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::string *;
        using reference = const std::string &;

        iterator() = default;
        explicit iterator(js_sessions *from) : from_(from)
        {
            ++*this;
        }

        reference operator*() const noexcept
        {
            return session_;
        }
        pointer operator->() const noexcept
        {
            return &session_;
        }
        iterator &operator++()
        {
            js_error error;
            const char *json = nullptr;
            std::size_t length = 0;
            js_result result = js_sessions_next(from_, &json, &length, &error);
            if (result == JS_END) {
                from_ = nullptr;
                return *this;
            }
            check(result, error);
            session_.assign(json, length);
            return *this;
        }
        void operator++(int)
        {
            ++*this;
        }
        bool operator==(const iterator &other) const noexcept
        {
            return from_ == other.from_;
        }
        bool operator!=(const iterator &other) const noexcept
        {
            return from_ != other.from_;
        }

      private:
        js_sessions *from_ = nullptr;
        std::string session_;
    };

    explicit found_sessions(js_sessions *begun) noexcept : handle_(begun)
    {
    }

    /** The next one, which has not been gone to yet. */
    iterator begin()
    {
        return iterator(handle_.get());
    }
    iterator end() noexcept
    {
        return iterator();
    }

  private:
    struct ender {
        void operator()(js_sessions *handle) const noexcept
        {
            js_sessions_end(handle);
        }
    };

    std::unique_ptr<js_sessions, ender> handle_;
};

/** An open database. Open a directory once in a process, after fork() or daemon(). */
class database
{
  public:
    /**
     * @param directory  it and the database are made where they are missing, with JS_WRITE
     * @param map_size   the largest the database can grow to, in bytes; 0: 64 GiB
     * @throws error     what js_open() lists
     */
    explicit database(const std::string &directory, js_mode mode = JS_WRITE,
                      std::size_t map_size = 0)
    {
        js_error from;
        js_database *opened = nullptr;
        js_options options{};
        options.map_size = map_size;
        check(js_open(directory.c_str(), mode, &options, &opened, &from), from);
        handle_.reset(opened);
    }

    /** Limit how long writes wait for other writers: they throw JS_BUSY then. 0: no limit, as at first. */
    void set_wait_limit(std::chrono::milliseconds limit) noexcept
    {
        js_set_wait_limit(get(), static_cast<unsigned>(limit.count()));
    }

    /** End the waits for other writers that are under way: they throw JS_INTERRUPTED. By any thread; js_interrupt()
     * says what else it takes. */
    void interrupt() noexcept
    {
        js_interrupt(get());
    }

    /** Say who writes from now on: JS_WORKER_SELF, as at first; 0: nobody, of a program that ends after each change, as
     * `sweep` would take its end for its worker's death; or the id of the process that lives as long as the session runs.
     * Before other threads write. @throws error  JS_NOT_FOUND: there is no such process, and nobody is noted */
    void set_worker(long process)
    {
        js_error from;
        check(js_set_worker(get(), process, &from), from);
    }

    /** Create a session, or change one that is there. @return its id @throws error  what js_put() lists */
    std::string put(std::string_view json)
    {
        js_error from;
        std::uint64_t id = 0;
        check(js_put(get(), json.data(), json.size(), &id, &from), from);
        return text_of(id);
    }

    /** Change a session that is there, by its `id`. @throws error  also JS_NOT_FOUND: it makes none */
    std::string update(std::string_view json)
    {
        js_error from;
        std::uint64_t id = 0;
        check(js_update(get(), json.data(), json.size(), &id, &from), from);
        return text_of(id);
    }

    /** Append a line to a session's log (JS_LOG), or an item to another of its lists. */
    void append(std::string_view id, js_item_kind kind, std::string_view json)
    {
        js_error from;
        check(js_append(get(), number_of(id), kind, json.data(), json.size(), &from), from);
    }

    /** Remove a session with its log and items. @throws error  also JS_RUNNING: it is not finished */
    void remove(std::string_view id, js_removal removal = JS_REMOVE_FINISHED)
    {
        js_error from;
        check(js_remove(get(), number_of(id), removal, &from), from);
    }

    /** Ask a session's worker to stop it, by a file in the directory of requests.
     * @throws error  what js_stop_ask() lists, also JS_FINISHED */
    void ask_to_stop(const std::string &directory, std::string_view id, const std::string &user)
    {
        js_error from;
        check(js_stop_ask(get(), directory.c_str(), number_of(id), user.c_str(), &from), from);
    }

    /** See whether somebody asks that a session be stopped. @return who; nothing: nobody does */
    std::optional<stop_request> stop_requested(const std::string &directory, std::string_view id)
    {
        return look(js_stop_requested, directory, id);
    }

    /** The same, and take up what is asked: the session is Canceling, and its log says who asked. */
    std::optional<stop_request> stop_take(const std::string &directory, std::string_view id)
    {
        return look(js_stop_take, directory, id);
    }

    /** A session's JSON, as it is stored now. @throws error  also JS_NOT_FOUND */
    std::string get(std::string_view id) const
    {
        js_error from;
        std::string json(JS_SESSION_MAX, '\0');
        std::size_t length = 0;
        check(js_get(get(), number_of(id), json.data(), json.size() + 1, &length, &from), from);
        json.resize(length);
        return json;
    }

    /** The JSON of what is in one of a session's lists, in the order it came. @throws error  also JS_NOT_FOUND, and
     * JS_DAMAGED: one of them, or the way to it */
    std::vector<std::string> items(std::string_view id, js_item_kind kind) const
    {
        js_error from;
        std::uint64_t number = number_of(id);
        js_snapshot *begun = nullptr;
        check(js_snapshot_begin(get(), &begun, &from), from);
        std::unique_ptr<js_snapshot, ender> snapshot(begun);
        std::vector<std::max_align_t> memory(js_items_size() / sizeof(std::max_align_t) + 1);
        js_items *page = reinterpret_cast<js_items *>(memory.data());
        check(js_items_begin(page, begun, number, kind, nullptr, 0, JS_NO_LIMIT, &from), from);
        return collect(page);
    }

    /** Find sessions; they are read as one goes on, and no snapshot is held meanwhile. @throws error  JS_INVALID: a
     * condition was refused, member() tells which; else what js_sessions_begin() lists */
    found_sessions sessions(conditions wanted = {}) const
    {
        js_error from;
        js_sessions *begun = nullptr;
        check(js_sessions_begin(get(), query_of(wanted).c_str(), &begun, &from), from);
        return found_sessions(begun);
    }

    /** Count them. @throws error  the same */
    std::uint64_t count(conditions wanted = {}) const
    {
        js_error from;
        std::uint64_t found = 0;
        check(js_sessions_count(get(), query_of(wanted).c_str(), &found, &from), from);
        return found;
    }

    /** The library's own handle, which stays this object's. */
    js_database *get() const noexcept
    {
        return handle_.get();
    }

  private:
    struct closer {
        void operator()(js_database *handle) const noexcept
        {
            js_close(handle);
        }
    };
    struct ender {
        void operator()(js_snapshot *snapshot) const noexcept
        {
            js_snapshot_end(snapshot);
        }
    };

    std::uint64_t number_of(std::string_view id) const
    {
        js_error from;
        std::uint64_t number = 0;
        check(js_find_id(get(), id.data(), id.size(), &number, &from), from);
        return number;
    }

    std::string text_of(std::uint64_t number) const
    {
        char text[JS_ID_TEXT];
        js_id_text(get(), number, text);
        return text;
    }

    std::optional<stop_request> look(decltype(js_stop_requested) call, const std::string &directory,
                                     std::string_view id)
    {
        js_error from;
        js_stop_request request;
        js_result result = call(get(), directory.c_str(), number_of(id), &request, &from);
        if (result == JS_NOT_FOUND) {
            return std::nullopt;
        }
        check(result, from);
        return stop_request{request.user, request.time};
    }

    static std::vector<std::string> collect(js_items *page)
    {
        std::vector<std::string> found;
        js_session item;
        js_result result = JS_OK;
        while ((result = js_items_next(page, &item)) == JS_OK && item.damage == nullptr) {
            found.emplace_back(item.json, item.length);
        }
        if (result != JS_END) {
            throw error(JS_DAMAGED, "an item of the session is damaged");
        }
        return found;
    }

    std::unique_ptr<js_database, closer> handle_;
};

/** Many changes, one commit. What was not committed when it goes out of scope is forgotten. */
class transaction
{
  public:
    /** Waits for other writers. @throws error  what js_transaction_begin() lists */
    explicit transaction(database &of)
    {
        js_error from;
        js_transaction *begun = nullptr;
        check(js_transaction_begin(of.get(), &begun, &from), from);
        handle_.reset(begun);
    }

    /** As those of the database. After JS_INVALID, JS_REMOVED and JS_NOT_FOUND the transaction goes on; after any other
     * error it can only be given up. */
    std::string put(std::string_view json)
    {
        js_error from;
        std::uint64_t id = 0;
        check(js_transaction_put(open(), json.data(), json.size(), &id, &from), from);
        return text_of(id);
    }

    std::string update(std::string_view json)
    {
        js_error from;
        std::uint64_t id = 0;
        check(js_transaction_update(open(), json.data(), json.size(), &id, &from), from);
        return text_of(id);
    }

    void append(std::string_view id, js_item_kind kind, std::string_view json)
    {
        js_error from;
        std::uint64_t number = number_of(id);
        check(js_transaction_append(open(), number, kind, json.data(), json.size(), &from), from);
    }

    void remove(std::string_view id, js_removal removal = JS_REMOVE_FINISHED)
    {
        js_error from;
        check(js_transaction_remove(open(), number_of(id), removal, &from), from);
    }

    /** Make it durable and visible, and end it. @throws error  nothing of it was kept; but in a thread that is not the
     * transaction's (JS_MISUSE), where it stays open */
    void commit()
    {
        js_error from;
        js_result result = js_transaction_commit(open(), &from);
        if (result != JS_MISUSE || process_ != getpid()) {
            (void)handle_.release();
        }
        check(result, from);
    }

    /** Forget what it did, and end it, in the thread that began it. */
    void abort() noexcept
    {
        handle_.reset();
    }

  private:
    struct aborter {
        void operator()(js_transaction *handle) const noexcept
        {
            js_transaction_abort(handle);
        }
    };

    std::uint64_t number_of(std::string_view id) const
    {
        js_error from;
        std::uint64_t number = 0;
        check(js_transaction_find_id(open(), id.data(), id.size(), &number, &from), from);
        return number;
    }

    std::string text_of(std::uint64_t number) const
    {
        js_error from;
        char text[JS_ID_TEXT];
        check(js_transaction_id_text(open(), number, text, &from), from);
        return text;
    }

    js_transaction *open() const
    {
        if (!handle_) {
            throw error(JS_MISUSE, "the transaction has ended; begin another one");
        }
        return handle_.get();
    }

    std::unique_ptr<js_transaction, aborter> handle_;
    pid_t process_ = getpid(); /* in a child, commit() frees what was inherited */
};

} // namespace jobsessions

#endif

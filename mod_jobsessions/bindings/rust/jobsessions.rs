// SPDX-License-Identifier: Apache-2.0

//! Writes a backup appliance's job sessions into its database, by libjobsessions. One file and no crate but `std`: an
//! example to take along as a module.
//!
//! ```no_run
//! use jobsessions::{Database, List};
//!
//! fn work() -> Result<(), jobsessions::Error> {
//!     let database = Database::open("/var/lib/jobsessions")?;
//!     let id = database.put(r#"{"type":"PolicyBackup","status":"Running"}"#)?;
//!     let mut transaction = database.begin()?;
//!     transaction.append(&id, List::LOG, r#"{"message":"web01 is safe"}"#)?;
//!     transaction.update(&format!(r#"{{"id":"{id}","status":"Success"}}"#))?;
//!     transaction.commit()
//! }
//! ```
//!
//! Ids are text, as sessions have them: a number, or the UUID that a session was created under.
//!
//! Threads share a `Database`. A `Transaction` is neither `Send` nor `Sync`, as it belongs to the thread that began it,
//! and cannot outlive its database; what was not committed when it is dropped is forgotten. One that is leaked
//! (`mem::forget`) keeps every writer of the machine waiting until its process ends.

use std::ffi::{CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_int, c_long, c_uint};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::time::Duration;

/// The library as the linker knows it.
mod native {
    use super::{c_char, c_int, c_long, c_uint};

    macro_rules! opaque {
        ($($name:ident),*) => { $(
            #[repr(C)]
            pub struct $name {
                _private: [u8; 0],
            }
        )* };
    }
    opaque!(Database, Transaction, Snapshot, Items, Sessions, Error);

    #[repr(C)]
    pub struct Options {
        pub map_size: usize,
    }

    #[repr(C)]
    pub struct Session {
        pub id: u64,
        pub json: *const c_char,
        pub length: usize,
        pub damage: *const c_char,
        pub deleted_usn: u64,
    }

    #[repr(C)]
    pub struct StopRequest {
        pub user: [c_char; 256],
        pub time: [c_char; 40],
    }

    /// js_stop_requested() and js_stop_take().
    pub type Look = unsafe extern "C" fn(*mut Database, *const c_char, u64, *mut StopRequest, *mut Error) -> c_int;

    #[link(name = "jobsessions")]
    extern "C" {
        pub fn js_version() -> *const c_char;
        pub fn js_error_size() -> usize;
        pub fn js_error_message(error: *const Error) -> *const c_char;
        pub fn js_error_member(error: *const Error) -> *const c_char;
        pub fn js_item_list(kind: c_int) -> *const c_char;

        pub fn js_open(
            directory: *const c_char,
            mode: c_int,
            options: *const Options,
            database: *mut *mut Database,
            error: *mut Error,
        ) -> c_int;
        pub fn js_close(database: *mut Database);
        pub fn js_set_wait_limit(database: *mut Database, milliseconds: c_uint);
        pub fn js_interrupt(database: *mut Database);
        pub fn js_put(
            database: *mut Database,
            json: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_update(
            database: *mut Database,
            json: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_append(
            database: *mut Database,
            id: u64,
            kind: c_int,
            json: *const u8,
            length: usize,
            error: *mut Error,
        ) -> c_int;
        pub fn js_remove(database: *mut Database, id: u64, removal: c_int, error: *mut Error) -> c_int;
        pub fn js_get(
            database: *mut Database,
            id: u64,
            json: *mut u8,
            size: usize,
            length: *mut usize,
            error: *mut Error,
        ) -> c_int;

        pub fn js_find_id(
            database: *mut Database,
            text: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_id_text(database: *mut Database, id: u64, text: *mut c_char);
        pub fn js_stop_ask(
            database: *mut Database,
            directory: *const c_char,
            id: u64,
            user: *const c_char,
            error: *mut Error,
        ) -> c_int;
        pub fn js_stop_requested(
            database: *mut Database,
            directory: *const c_char,
            id: u64,
            request: *mut StopRequest,
            error: *mut Error,
        ) -> c_int;
        pub fn js_stop_take(
            database: *mut Database,
            directory: *const c_char,
            id: u64,
            request: *mut StopRequest,
            error: *mut Error,
        ) -> c_int;

        pub fn js_set_worker(database: *mut Database, process: c_long, error: *mut Error) -> c_int;
        pub fn js_sessions_begin(
            database: *mut Database,
            query: *const c_char,
            sessions: *mut *mut Sessions,
            error: *mut Error,
        ) -> c_int;
        pub fn js_sessions_next(
            sessions: *mut Sessions,
            json: *mut *const c_char,
            length: *mut usize,
            error: *mut Error,
        ) -> c_int;
        pub fn js_sessions_end(sessions: *mut Sessions);
        pub fn js_sessions_count(
            database: *mut Database,
            query: *const c_char,
            count: *mut u64,
            error: *mut Error,
        ) -> c_int;

        pub fn js_transaction_find_id(
            transaction: *mut Transaction,
            text: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_id_text(
            transaction: *mut Transaction,
            id: u64,
            text: *mut c_char,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_begin(
            database: *mut Database,
            transaction: *mut *mut Transaction,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_put(
            transaction: *mut Transaction,
            json: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_update(
            transaction: *mut Transaction,
            json: *const u8,
            length: usize,
            id: *mut u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_append(
            transaction: *mut Transaction,
            id: u64,
            kind: c_int,
            json: *const u8,
            length: usize,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_remove(
            transaction: *mut Transaction,
            id: u64,
            removal: c_int,
            error: *mut Error,
        ) -> c_int;
        pub fn js_transaction_commit(transaction: *mut Transaction, error: *mut Error) -> c_int;
        pub fn js_transaction_abort(transaction: *mut Transaction);

        pub fn js_snapshot_begin(database: *mut Database, snapshot: *mut *mut Snapshot, error: *mut Error) -> c_int;
        pub fn js_snapshot_end(snapshot: *mut Snapshot);
        pub fn js_items_size() -> usize;
        pub fn js_items_begin(
            items: *mut Items,
            snapshot: *mut Snapshot,
            id: u64,
            kind: c_int,
            pattern: *const c_char,
            offset: u64,
            limit: u64,
            error: *mut Error,
        ) -> c_int;
        pub fn js_items_next(items: *mut Items, item: *mut Session) -> c_int;
    }
}

const OK: c_int = 0;
const END: c_int = 1;
const WRITE: c_int = 1;
const SESSION_MAX: usize = 1024 * 1024;
const NO_LIMIT: u64 = u64::MAX;
const ID_TEXT: usize = 37;

/// What the library has refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The library's js_result; those that a worker may want to tell apart are constants here.
    pub result: i32,
    /// Dotted path of the member that was refused, or "".
    pub member: String,
    /// A sentence: what, where, what to do.
    pub message: String,
}

impl Error {
    pub const NOT_FOUND: i32 = 2;
    pub const INVALID: i32 = 3;
    pub const BUSY: i32 = 10;
    pub const DAMAGED: i32 = 11;
    pub const REMOVED: i32 = 13;
    pub const RUNNING: i32 = 14;
    pub const MISUSE: i32 = 17;
    pub const INTERRUPTED: i32 = 18;
    pub const FINISHED: i32 = 19;
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Memory that is aligned for any type.
fn memory(size: usize) -> Vec<u128> {
    vec![0; size / std::mem::size_of::<u128>() + 1]
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: the library's texts are ended by NUL, and hold until the next call with the same js_error
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Makes a call that fills a js_error.
fn check(call: impl FnOnce(*mut native::Error) -> c_int) -> Result<(), Error> {
    // SAFETY: the memory has the size that the library tells, and outlives the call
    unsafe {
        let mut memory = memory(native::js_error_size());
        let error = memory.as_mut_ptr().cast::<native::Error>();
        match call(error) {
            OK => Ok(()),
            result => Err(Error {
                result,
                member: text(native::js_error_member(error)),
                message: text(native::js_error_message(error)),
            }),
        }
    }
}

/// The version of the library that the program runs with.
pub fn version() -> String {
    // SAFETY: the text is the library's, and constant
    text(unsafe { native::js_version() })
}

/// One of a session's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List(c_int);

impl List {
    pub const LOG: List = List(0);
    pub const PROTECTED_ITEMS: List = List(1);
    pub const DELETED_ITEMS: List = List(2);
    pub const RESTORED_ITEMS: List = List(3);
    pub const FILE_LEVEL_RESTORED_ITEMS: List = List(4);
    pub const CHECKED_ITEMS: List = List(5);
    pub const RESTORED_DATABASES: List = List(6);
    pub const FILE_LEVEL_RESTORED_FILE_SHARE_ITEMS: List = List(7);
    pub const VNET_RESTORED_ITEMS: List = List(8);
    pub const RESTORED_COSMOS_DB_ACCOUNTS: List = List(9);

    /// Its name, as paths of the API have it.
    pub fn name(self) -> String {
        // SAFETY: there is a list of each number that a List can have
        text(unsafe { native::js_item_list(self.0) })
    }
}

/// Which sessions may be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Not one whose worker will write to it again.
    Finished = 0,
    Any = 1,
}

/// Who writes, as `jobsessions sweep` closes the sessions of those that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// This process, as at first.
    Itself,
    /// A program that ends after each change: nobody is noted.
    Nobody,
    /// The process that lives as long as the session runs.
    Process(u32),
}

/// Who asks that a session be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopRequest {
    /// "": nobody was named.
    pub user: String,
    /// Date and time, in UTC.
    pub time: String,
}

/// What is to be a C string.
fn c_text(bytes: &[u8], what: &str) -> Result<CString, Error> {
    CString::new(bytes).map_err(|_| Error {
        result: Error::INVALID,
        member: String::new(),
        message: format!("{what} has a NUL in it"),
    })
}

/// Conditions as the library takes them.
fn query_text(conditions: &[(&str, &str)]) -> Result<CString, Error> {
    let mut query = String::new();
    for (name, value) in conditions {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        query += &format!("{}={}&", encoded(name), encoded(value));
    }
    c_text(query.as_bytes(), "a condition")
}

fn path_text(directory: impl AsRef<Path>) -> Result<CString, Error> {
    c_text(directory.as_ref().as_os_str().as_bytes(), "the directory's name")
}

/// An open database. Open a directory once in a process, after any fork.
#[derive(Debug)]
pub struct Database {
    handle: *mut native::Database,
}

// SAFETY: the library's handle is for all threads of the process
unsafe impl Send for Database {}
unsafe impl Sync for Database {}

impl Database {
    /// Opens the database in a directory, and makes both where they are missing.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(directory, 0)
    }

    /// The same, with the largest it can grow to, in bytes; 0: 64 GiB.
    pub fn open_with(directory: impl AsRef<Path>, map_size: usize) -> Result<Self, Error> {
        let path = path_text(directory)?;
        let options = native::Options { map_size };
        let mut handle = ptr::null_mut();
        // SAFETY: path, options and handle outlive the call
        check(|error| unsafe { native::js_open(path.as_ptr(), WRITE, &options, &mut handle, error) })?;
        Ok(Self { handle })
    }

    /// Limits how long writes wait for other writers: BUSY then. None: no limit, as at first.
    pub fn set_wait_limit(&self, limit: Option<Duration>) {
        let milliseconds = limit.map_or(0, |limit| limit.as_millis().clamp(1, i32::MAX as u128) as c_uint);
        // SAFETY: the handle is open as long as self is
        unsafe { native::js_set_wait_limit(self.handle, milliseconds) }
    }

    /// Ends the waits for other writers that are under way: INTERRUPTED. Where another process may be waited for, set a
    /// limit, a long one will do.
    pub fn interrupt(&self) {
        // SAFETY: the handle is open as long as self is
        unsafe { native::js_interrupt(self.handle) }
    }

    /// Says who writes from now on, before other threads write. NOT_FOUND: there is no such process, and nobody is noted.
    pub fn set_worker(&self, worker: Worker) -> Result<(), Error> {
        let process = match worker {
            Worker::Itself => -1,
            Worker::Nobody => 0,
            Worker::Process(id) => c_long::try_from(id).unwrap_or(c_long::MAX),
        };
        // SAFETY: the handle is open as long as self is
        check(|error| unsafe { native::js_set_worker(self.handle, process, error) })
    }

    /// Creates a session, or changes the one whose id it has, and returns the id. It is on disk then.
    pub fn put(&self, session: &str) -> Result<String, Error> {
        let mut id = 0;
        // SAFETY: the text and the id outlive the call
        check(|error| unsafe { native::js_put(self.handle, session.as_ptr(), session.len(), &mut id, error) })?;
        Ok(self.text_of(id))
    }

    /// Changes the session whose id it has; where there is none, NOT_FOUND.
    pub fn update(&self, session: &str) -> Result<String, Error> {
        let mut id = 0;
        // SAFETY: the text and the id outlive the call
        check(|error| unsafe { native::js_update(self.handle, session.as_ptr(), session.len(), &mut id, error) })?;
        Ok(self.text_of(id))
    }

    /// Appends a line to a session's log, or an item to another of its lists.
    pub fn append(&self, id: &str, list: List, item: &str) -> Result<(), Error> {
        let number = self.number_of(id)?;
        // SAFETY: the text outlives the call
        check(|error| unsafe { native::js_append(self.handle, number, list.0, item.as_ptr(), item.len(), error) })
    }

    /// Removes a session with its log and items.
    pub fn remove(&self, id: &str, removal: Removal) -> Result<(), Error> {
        let number = self.number_of(id)?;
        // SAFETY: the handle is open as long as self is
        check(|error| unsafe { native::js_remove(self.handle, number, removal as c_int, error) })
    }

    /// Asks a session's worker to stop it, by a file in the directory of requests. FINISHED, NOT_FOUND.
    pub fn ask_to_stop(&self, directory: impl AsRef<Path>, id: &str, user: &str) -> Result<(), Error> {
        let path = path_text(directory)?;
        let name = c_text(user.as_bytes(), "the user's name")?;
        let number = self.number_of(id)?;
        // SAFETY: the texts outlive the call
        check(|error| unsafe { native::js_stop_ask(self.handle, path.as_ptr(), number, name.as_ptr(), error) })
    }

    /// Who asks that a session be stopped; None: nobody does.
    pub fn stop_requested(&self, directory: impl AsRef<Path>, id: &str) -> Result<Option<StopRequest>, Error> {
        self.look(native::js_stop_requested, directory, id)
    }

    /// The same, and takes up what is asked: the session is Canceling, and its log says who asked.
    pub fn stop_take(&self, directory: impl AsRef<Path>, id: &str) -> Result<Option<StopRequest>, Error> {
        self.look(native::js_stop_take, directory, id)
    }

    fn look(&self, call: native::Look, directory: impl AsRef<Path>, id: &str) -> Result<Option<StopRequest>, Error> {
        let path = path_text(directory)?;
        let number = self.number_of(id)?;
        let mut request = native::StopRequest {
            user: [0; 256],
            time: [0; 40],
        };
        // SAFETY: path and request outlive the call
        match check(|error| unsafe { call(self.handle, path.as_ptr(), number, &mut request, error) }) {
            Ok(()) => Ok(Some(StopRequest {
                user: text(request.user.as_ptr()),
                time: text(request.time.as_ptr()),
            })),
            Err(error) if error.result == Error::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn number_of(&self, id: &str) -> Result<u64, Error> {
        let mut number = 0;
        // SAFETY: the text and the number outlive the call
        check(|error| unsafe { native::js_find_id(self.handle, id.as_ptr(), id.len(), &mut number, error) })?;
        Ok(number)
    }

    fn text_of(&self, number: u64) -> String {
        let mut room: [c_char; ID_TEXT] = [0; ID_TEXT];
        // SAFETY: the room has the size that the library's header tells
        unsafe { native::js_id_text(self.handle, number, room.as_mut_ptr()) };
        text(room.as_ptr())
    }

    /// A session's JSON, as it is stored now, or NOT_FOUND.
    pub fn get(&self, id: &str) -> Result<String, Error> {
        let number = self.number_of(id)?;
        let mut json = vec![0; SESSION_MAX + 1];
        let mut length = 0;
        // SAFETY: the memory has the size that is told
        check(|error| unsafe { native::js_get(self.handle, number, json.as_mut_ptr(), json.len(), &mut length, error) })?;
        Ok(String::from_utf8_lossy(&json[..length]).into_owned())
    }

    /// The JSON of what is in one of a session's lists, in the order it came, or NOT_FOUND.
    pub fn items(&self, id: &str, list: List) -> Result<Vec<String>, Error> {
        let number = self.number_of(id)?;
        let mut snapshot = ptr::null_mut();
        // SAFETY: the snapshot is ended before this returns, and the items' memory has the size that the library tells
        unsafe {
            check(|error| native::js_snapshot_begin(self.handle, &mut snapshot, error))?;
            let mut memory = memory(native::js_items_size());
            let items = memory.as_mut_ptr().cast::<native::Items>();
            let found =
                check(|error| native::js_items_begin(items, snapshot, number, list.0, ptr::null(), 0, NO_LIMIT, error))
                    .and_then(|()| collect(items));
            native::js_snapshot_end(snapshot);
            found
        }
    }

    /// Finds sessions, newest first, such as `&[("status", "Running,Warning"), ("limit", "10")]`. The conditions are those
    /// of js_sessions_begin(): status, types, policyId, filter, fromUtc, toUtc, resourceId and limit. All of them must
    /// hold; none: all sessions. They are read as one goes on, and no snapshot is held meanwhile. INVALID: a condition was
    /// refused, or has no value.
    pub fn sessions(&self, conditions: &[(&str, &str)]) -> Result<Sessions<'_>, Error> {
        let query = query_text(conditions)?;
        let mut handle = ptr::null_mut();
        // SAFETY: the query outlives the call
        check(|error| unsafe { native::js_sessions_begin(self.handle, query.as_ptr(), &mut handle, error) })?;
        Ok(Sessions {
            handle,
            is_over: false,
            database: PhantomData,
        })
    }

    /// Counts them.
    pub fn count(&self, conditions: &[(&str, &str)]) -> Result<u64, Error> {
        let query = query_text(conditions)?;
        let mut count = 0;
        // SAFETY: query and count outlive the call
        check(|error| unsafe { native::js_sessions_count(self.handle, query.as_ptr(), &mut count, error) })?;
        Ok(count)
    }

    /// Begins a transaction: many changes, one commit. Waits for other writers.
    pub fn begin(&self) -> Result<Transaction<'_>, Error> {
        let mut handle = ptr::null_mut();
        // SAFETY: the handle is open as long as self is
        check(|error| unsafe { native::js_transaction_begin(self.handle, &mut handle, error) })?;
        Ok(Transaction {
            handle,
            database: PhantomData,
        })
    }
}

/// # Safety
/// The items have begun, and their snapshot has not ended.
unsafe fn collect(items: *mut native::Items) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut item = native::Session {
        id: 0,
        json: ptr::null(),
        length: 0,
        damage: ptr::null(),
        deleted_usn: 0,
    };
    let mut result = native::js_items_next(items, &mut item);
    while result == OK && !item.json.is_null() {
        let json = std::slice::from_raw_parts(item.json.cast::<u8>(), item.length);
        found.push(String::from_utf8_lossy(json).into_owned());
        result = native::js_items_next(items, &mut item);
    }
    match result {
        END => Ok(found),
        _ => Err(Error {
            result: Error::DAMAGED,
            member: String::new(),
            message: "an item of the session is damaged".to_owned(),
        }),
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: its transactions borrow it, and are gone
        unsafe { native::js_close(self.handle) }
    }
}

/// The JSON of sessions that were found. An error is the last that comes.
#[derive(Debug)]
pub struct Sessions<'database> {
    handle: *mut native::Sessions, // a raw pointer: neither Send nor Sync
    is_over: bool,
    database: PhantomData<&'database Database>,
}

impl Iterator for Sessions<'_> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let mut json = ptr::null();
        let mut length = 0;
        // SAFETY: the database is borrowed, and what is handed out holds until the next call
        let next = check(|error| unsafe { native::js_sessions_next(self.handle, &mut json, &mut length, error) })
            .map(|()| unsafe { std::slice::from_raw_parts(json.cast::<u8>(), length) })
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        self.is_over = next.is_err();
        match next {
            Err(error) if error.result == END => None,
            found => Some(found),
        }
    }
}

impl Drop for Sessions<'_> {
    fn drop(&mut self) {
        // SAFETY: nobody has it any more
        unsafe { native::js_sessions_end(self.handle) }
    }
}

/// Many changes, one commit. After INVALID, REMOVED and NOT_FOUND it goes on; after any other error nothing of it is kept.
#[derive(Debug)]
pub struct Transaction<'database> {
    handle: *mut native::Transaction, // a raw pointer: neither Send nor Sync
    database: PhantomData<&'database Database>,
}

impl Transaction<'_> {
    /// As Database::put().
    pub fn put(&mut self, session: &str) -> Result<String, Error> {
        let mut id = 0;
        // SAFETY: the text and the id outlive the call
        check(|error| unsafe {
            native::js_transaction_put(self.handle, session.as_ptr(), session.len(), &mut id, error)
        })?;
        self.text_of(id)
    }

    /// As Database::update().
    pub fn update(&mut self, session: &str) -> Result<String, Error> {
        let mut id = 0;
        // SAFETY: the text and the id outlive the call
        check(|error| unsafe {
            native::js_transaction_update(self.handle, session.as_ptr(), session.len(), &mut id, error)
        })?;
        self.text_of(id)
    }

    /// As Database::append().
    pub fn append(&mut self, id: &str, list: List, item: &str) -> Result<(), Error> {
        let number = self.number_of(id)?;
        // SAFETY: the text outlives the call
        check(|error| unsafe {
            native::js_transaction_append(self.handle, number, list.0, item.as_ptr(), item.len(), error)
        })
    }

    /// As Database::remove().
    pub fn remove(&mut self, id: &str, removal: Removal) -> Result<(), Error> {
        let number = self.number_of(id)?;
        // SAFETY: the handle is open as long as self is
        check(|error| unsafe { native::js_transaction_remove(self.handle, number, removal as c_int, error) })
    }

    fn number_of(&self, id: &str) -> Result<u64, Error> {
        let mut number = 0;
        // SAFETY: the text and the number outlive the call
        check(|error| unsafe {
            native::js_transaction_find_id(self.handle, id.as_ptr(), id.len(), &mut number, error)
        })?;
        Ok(number)
    }

    fn text_of(&self, number: u64) -> Result<String, Error> {
        let mut room: [c_char; ID_TEXT] = [0; ID_TEXT];
        // SAFETY: the room has the size that the library's header tells
        check(|error| unsafe { native::js_transaction_id_text(self.handle, number, room.as_mut_ptr(), error) })?;
        Ok(text(room.as_ptr()))
    }

    /// Makes it durable and visible, and ends it. Where that is refused nothing of it was kept.
    pub fn commit(mut self) -> Result<(), Error> {
        let handle = std::mem::replace(&mut self.handle, ptr::null_mut());
        // SAFETY: the library ends it whatever the result, as this is the thread that began it
        check(|error| unsafe { native::js_transaction_commit(handle, error) })
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SAFETY: as for commit(); NULL is allowed
        unsafe { native::js_transaction_abort(self.handle) }
    }
}

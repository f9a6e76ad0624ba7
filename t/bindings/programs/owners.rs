// SPDX-License-Identifier: Apache-2.0

//! What threads, limits and drops leave; panics where an expectation does not hold.

use jobsessions::{Database, Error, List, Removal};
use std::time::{Duration, Instant};

const SUCCESS: &str = r#"{"status":"Success"}"#;

fn result_of<T>(result: Result<T, Error>) -> i32 {
    result.map_or_else(|error| error.result, |_| 0)
}

fn main() {
    let database = Database::open_with("owners", 1 << 26).unwrap();
    database.set_wait_limit(Some(Duration::from_millis(20)));
    let mut transaction = database.begin().unwrap();
    assert_eq!(transaction.put(SUCCESS).unwrap(), "1");
    assert_eq!(result_of(transaction.put("{")), Error::INVALID);
    std::thread::scope(|threads| {
        let waited = threads.spawn(|| result_of(database.put(SUCCESS)));
        assert_eq!(waited.join().unwrap(), Error::BUSY);
        database.set_wait_limit(Some(Duration::from_secs(600)));
        let begun = Instant::now();
        let waits = threads.spawn(|| result_of(database.put(SUCCESS)));
        while !waits.is_finished() {
            database.interrupt();
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(waits.join().unwrap(), Error::INTERRUPTED);
        assert!(begun.elapsed() < Duration::from_secs(60));
    });
    assert_eq!(result_of(database.begin()), Error::MISUSE);
    transaction.remove("1", Removal::Finished).unwrap();
    assert_eq!(transaction.put(SUCCESS).unwrap(), "2");
    transaction.commit().unwrap();
    assert_eq!(result_of(database.get("1")), Error::NOT_FOUND);
    assert_eq!(database.items("2", List::LOG).unwrap(), Vec::<String>::new());
    assert_eq!(result_of(Database::open("a\0b")), Error::INVALID);
    for _ in 0..250 {
        database.put(SUCCESS).unwrap();
    }
    let mut found = database.sessions(&[("status", "Success"), ("limit", "240")]).unwrap();
    assert!(found.next().unwrap().unwrap().starts_with(r#"{"id":"252""#));
    assert_eq!(found.by_ref().count(), 239);
    assert!(found.next().is_none());
    drop(found);
    assert_eq!(database.sessions(&[]).unwrap().take(3).count(), 3);
    assert_eq!(result_of(database.count(&[("filter", "")])), Error::INVALID);
    drop(database);
    assert!(Database::open("owners").unwrap().get("2").is_ok());
}

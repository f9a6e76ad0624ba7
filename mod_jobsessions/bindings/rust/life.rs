// SPDX-License-Identifier: Apache-2.0

//! A session's life from start to finish, and what is refused on the way, in the database ./db:
//!
//!     rustc --edition 2021 -L "$(pkg-config --variable=libdir jobsessions)" life.rs

mod jobsessions;

use jobsessions::{Database, Error, List, Removal, StopRequest, Worker};

/// Says why something was refused.
fn refused<T>(result: Result<T, Error>) {
    match result {
        Ok(_) => println!("taken"),
        Err(error) => println!("refused {} {}: {}", error.result, error.member, error),
    }
}

fn create(database: &Database) -> Result<(), Error> {
    let id = database.put(
        r#"{"type":"PolicyBackup","status":"Running","executionStartTime":"2026-11-23T08:00:00Z",
            "backupJobInfo":{"policyId":"5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40","policyName":"Zürich, nightly",
            "protectedInstancesCount":0,"policyRemoved":false}}"#,
    )?;
    println!("created {id}");
    Ok(())
}

fn line(time: &str, message: &str) -> String {
    format!(r#"{{"logTime":"2026-11-23T{time}Z","status":"Success","message":"{message}"}}"#)
}

fn report(database: &Database) -> Result<(), Error> {
    let mut transaction = database.begin()?;
    transaction.append("1", List::LOG, &line("08:00:01", "web01 begins"))?;
    transaction.append("1", List::LOG, &line("08:16:24", "web01 is safe"))?;
    transaction.append("1", List::PROTECTED_ITEMS, r#"{"name":"web01"}"#)?;
    transaction.update(r#"{"id":"1","backupJobInfo":{"protectedInstancesCount":1}}"#)?;
    transaction.commit()
}

fn finish(database: &Database) -> Result<(), Error> {
    database.update(r#"{"id":"1","status":"Success","executionStopTime":"2026-11-23T08:16:25Z"}"#)?;
    Ok(())
}

fn read_back(database: &Database) -> Result<(), Error> {
    println!("session {}", database.get("1")?);
    for list in [List::LOG, List::PROTECTED_ITEMS] {
        for item in database.items("1", list)? {
            println!("{} {item}", list.name());
        }
    }
    Ok(())
}

fn remove_another(database: &Database) -> Result<(), Error> {
    let id = database.put(r#"{"type":"Retention","status":"Running"}"#)?;
    refused(database.remove(&id, Removal::Finished));
    database.remove(&id, Removal::Any)?;
    refused(database.put(r#"{"id":"2","status":"Success"}"#));
    Ok(())
}

/// A transaction that is dropped leaves nothing, and one's own put would wait for it.
fn give_up(database: &Database) -> Result<(), Error> {
    let mut transaction = database.begin()?;
    transaction.put(r#"{"status":"Success"}"#)?;
    refused(database.put(r#"{"status":"Success"}"#));
    drop(transaction);
    refused(database.get("3"));
    Ok(())
}

fn show(request: Option<StopRequest>) {
    println!("asked by {}", request.map_or("nobody".to_owned(), |request| request.user));
}

/// A session with an id of the worker's own, who sees that it is to stop.
fn stop(database: &Database) -> Result<(), Error> {
    let id = database.put(
        r#"{"id":"F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6","type":"PolicyBackup","status":"Running"}"#,
    )?;
    println!("created {id}");
    let _ = std::fs::create_dir("stops");
    show(database.stop_requested("stops", &id)?);
    database.ask_to_stop("stops", &id, "operator")?;
    show(database.stop_requested("stops", &id)?);
    show(database.stop_take("stops", &id)?);
    show(database.stop_take("stops", &id)?);
    println!("session {}", database.get(&id)?);
    database.append(&id, List::LOG, r#"{"message":"stopped"}"#)?;
    database.update(&format!(r#"{{"id":"{id}","status":"Canceled"}}"#))?;
    refused(database.ask_to_stop("stops", &id, "operator"));
    Ok(())
}

fn misuse(database: &Database) {
    refused(database.get("00000000-0000-4000-8000-000000000000"));
    refused(database.get("x"));
    refused(database.update(r#"{"id":"7","status":"Success"}"#));
    refused(database.put(r#"{"status":"Ready"}"#));
    refused(database.append("1", List::PROTECTED_ITEMS, "{}"));
    refused(Database::open("db"));
}

fn list(database: &Database, conditions: &[(&str, &str)]) -> Result<(), Error> {
    println!("{} found", database.count(conditions)?);
    for session in database.sessions(conditions)? {
        println!("found {}", session?);
    }
    Ok(())
}

fn find(database: &Database) -> Result<(), Error> {
    list(database, &[])?;
    list(
        database,
        &[("filter", "Zürich, nightly"), ("status", "Success"), ("status", "Failed"), ("limit", "10")],
    )?;
    list(database, &[("filter", "a&b=+%")])?;
    refused(database.sessions(&[("sort", "IdAsc")]));
    refused(database.sessions(&[("status", "")]));
    Ok(())
}

/// The first session is this process's, the second nobody's: sweep tells them apart when it has ended.
fn work_for_others(database: &Database) -> Result<(), Error> {
    database.put(r#"{"type":"Retention","status":"Running"}"#)?;
    database.set_worker(Worker::Nobody)?;
    database.put(r#"{"type":"Retention","status":"Running"}"#)?;
    refused(database.set_worker(Worker::Process(2147483647)));
    Ok(())
}

fn main() -> Result<(), Error> {
    println!("version {}", jobsessions::version());
    let database = Database::open("db")?;
    create(&database)?;
    report(&database)?;
    finish(&database)?;
    read_back(&database)?;
    remove_another(&database)?;
    give_up(&database)?;
    stop(&database)?;
    misuse(&database);
    find(&database)?;
    work_for_others(&database)?;
    Ok(())
}

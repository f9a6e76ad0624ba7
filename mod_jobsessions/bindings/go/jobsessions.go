// SPDX-License-Identifier: Apache-2.0

// Package jobsessions writes a backup appliance's job sessions into its database, by libjobsessions.
//
//	database, err := jobsessions.Open("/var/lib/jobsessions", jobsessions.Options{})
//	...
//	defer database.Close()
//	id, err := database.Put(ctx, map[string]any{"type": "PolicyBackup", "status": "Running"})
//	...
//	err = database.Transaction(ctx, func(transaction *jobsessions.Transaction) error {
//		if err := transaction.Append(id, jobsessions.Log, Line{Message: "web01 is safe"}); err != nil {
//			return err
//		}
//		_, err := transaction.Update(Done{ID: id, Status: "Success"})
//		return err
//	})
//
// When Put has returned, the session is on disk. A session or item is what encoding/json makes JSON of; a string,
// []byte or json.RawMessage is JSON already. Ids are text: a number, or the UUID that a session was created under. The zero
// time.Time is no time.
//
// Writers of one process take turns, and wait for those of other processes; a context that ends ends that wait, and
// nothing was written then. Who has the turn goes on to the end, whatever becomes of the context.
//
// What is refused is an *Error; errors.Is(err, jobsessions.NotFound) asks for its result. Open a directory once in a
// process, and use no other LMDB on it. To build, pkg-config has to find the library (make -f Makefile.apxs
// install-lib), and go.mod this folder:
//
//	go mod edit -require jobsessions@v0.1.0 -replace jobsessions@v0.1.0=.../bindings/go
package jobsessions

/*
#cgo pkg-config: jobsessions
#include <stdlib.h>
#include <jobsessions_read.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// List is one of a session's lists.
type List int

// The lists of a session; the library's header says which items each has.
const (
	Log                             List = C.JS_LOG
	ProtectedItems                  List = C.JS_PROTECTED_ITEMS
	DeletedItems                    List = C.JS_DELETED_ITEMS
	RestoredItems                   List = C.JS_RESTORED_ITEMS
	FileLevelRestoredItems          List = C.JS_FILE_LEVEL_RESTORED_ITEMS
	CheckedItems                    List = C.JS_CHECKED_ITEMS
	RestoredDatabases               List = C.JS_RESTORED_DATABASES
	FileLevelRestoredFileShareItems List = C.JS_FILE_LEVEL_RESTORED_FILE_SHARE_ITEMS
	VnetRestoredItems               List = C.JS_VNET_RESTORED_ITEMS
	RestoredCosmosDBAccounts        List = C.JS_RESTORED_COSMOS_DB_ACCOUNTS
)

// String is the name of the list, as paths of the API have it.
func (list List) String() string {
	return C.GoString(C.js_item_list(C.js_item_kind(list)))
}

// Removal says which sessions may be removed.
type Removal int

const (
	RemoveFinished Removal = C.JS_REMOVE_FINISHED // not one whose worker will write to it again
	RemoveAny      Removal = C.JS_REMOVE_ANY
)

// Options of a database that is opened. The zero value makes database and directory where they are missing.
type Options struct {
	ReadOnly bool
	MapSize  uint64 // the largest it can grow to, in bytes; 0: 64 GiB
}

// Database is an open database. Goroutines may share it.
type Database struct {
	handle *C.js_database
	open   sync.RWMutex  // read-locked by who uses the handle
	turn   chan struct{} // holds something while a goroutine writes
	writer atomic.Int64  // the thread of an open transaction
}

// The library waits with a limit, so that a wait for another process can be interrupted: 24 days.
const longestWait = 1<<31 - 1

// How often a wait is interrupted again, as it may just begin.
const interval = 10 * time.Millisecond

// Version is that of the library which the program runs with.
func Version() string {
	return C.GoString(C.js_version())
}

// Open opens the database in a directory. The errors are those of js_open().
func Open(directory string, options Options) (*Database, error) {
	var failure C.js_error
	database := &Database{turn: make(chan struct{}, 1)}
	mode := C.js_mode(C.JS_WRITE)
	if options.ReadOnly {
		mode = C.JS_READ
	}
	path := C.CString(directory)
	defer C.free(unsafe.Pointer(path))
	given := C.js_options{map_size: C.size_t(options.MapSize)}
	if result := C.js_open(path, mode, &given, &database.handle, &failure); result != C.JS_OK {
		return nil, newError(&failure)
	}
	C.js_set_wait_limit(database.handle, longestWait)
	return database, nil
}

// Close closes the database, once. While a call or a transaction is under way it is a Misuse and does nothing.
func (database *Database) Close() error {
	if !database.open.TryLock() {
		return &Error{Result: Misuse, Message: "the database is in use: end its transactions and calls first"}
	}
	defer database.open.Unlock()
	C.js_close(database.handle)
	database.handle = nil
	return nil
}

// SetWorker says who writes from now on, before other goroutines write: os.Getpid(), as at first; 0: nobody, which a program
// that ends after each change has to say, as sweep would take its end for its worker's death; or the process that lives as
// long as the session runs. NotFound: there is no such process, and nobody is noted.
func (database *Database) SetWorker(process int) error {
	var failure C.js_error
	if err := database.enter(); err != nil {
		return err
	}
	defer database.open.RUnlock()
	if C.js_set_worker(database.handle, C.long(process), &failure) != C.JS_OK {
		return newError(&failure)
	}
	return nil
}

// Put creates a session, or changes the one whose id it has, and returns the id.
func (database *Database) Put(ctx context.Context, session any) (id string, err error) {
	err = database.write(ctx, session, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		var number C.uint64_t
		result := C.js_put(database.handle, text, length, &number, failure)
		id = database.text(result, number)
		return result
	})
	return id, err
}

// Update changes the session whose id it has; where there is none, the error is NotFound.
func (database *Database) Update(ctx context.Context, session any) (id string, err error) {
	err = database.write(ctx, session, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		var number C.uint64_t
		result := C.js_update(database.handle, text, length, &number, failure)
		id = database.text(result, number)
		return result
	})
	return id, err
}

// Append appends a line to a session's log, or an item to another of its lists.
func (database *Database) Append(ctx context.Context, id string, list List, item any) error {
	return database.write(ctx, item, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		number, result := database.number(id, failure)
		if result != C.JS_OK {
			return result
		}
		return C.js_append(database.handle, number, C.js_item_kind(list), text, length, failure)
	})
}

// Remove removes a session with its log and items.
func (database *Database) Remove(ctx context.Context, id string, removal Removal) error {
	return database.inTurn(ctx, func() error {
		return database.waiting(ctx, func(failure *C.js_error) C.js_result {
			number, result := database.number(id, failure)
			if result != C.JS_OK {
				return result
			}
			return C.js_remove(database.handle, number, C.js_removal(removal), failure)
		})
	})
}

// Get returns a session as it is stored now, or NotFound.
func (database *Database) Get(id string) (json.RawMessage, error) {
	var failure C.js_error
	var length C.size_t
	if err := database.enter(); err != nil {
		return nil, err
	}
	defer database.open.RUnlock()
	number, result := database.number(id, &failure)
	if result != C.JS_OK {
		return nil, newError(&failure)
	}
	text := (*C.char)(C.malloc(C.JS_SESSION_MAX + 1))
	defer C.free(unsafe.Pointer(text))
	if C.js_get(database.handle, number, text, C.JS_SESSION_MAX+1, &length, &failure) != C.JS_OK {
		return nil, newError(&failure)
	}
	return C.GoBytes(unsafe.Pointer(text), C.int(length)), nil
}

// Items returns what is in one of a session's lists, in the order it came, or NotFound.
func (database *Database) Items(id string, list List) ([]json.RawMessage, error) {
	var failure C.js_error
	var snapshot *C.js_snapshot
	if err := database.enter(); err != nil {
		return nil, err
	}
	defer database.open.RUnlock()
	number, result := database.number(id, &failure)
	if result != C.JS_OK || C.js_snapshot_begin(database.handle, &snapshot, &failure) != C.JS_OK {
		return nil, newError(&failure)
	}
	defer C.js_snapshot_end(snapshot)
	page := (*C.js_items)(C.malloc(C.js_items_size()))
	defer C.free(unsafe.Pointer(page))
	result = C.js_items_begin(page, snapshot, number, C.js_item_kind(list), nil, 0, C.JS_NO_LIMIT, &failure)
	if result != C.JS_OK {
		return nil, newError(&failure)
	}
	return collect(page)
}

func collect(page *C.js_items) ([]json.RawMessage, error) {
	var item C.js_session
	var items []json.RawMessage
	result := C.js_items_next(page, &item)
	for ; result == C.JS_OK && item.json != nil; result = C.js_items_next(page, &item) {
		items = append(items, C.GoBytes(unsafe.Pointer(item.json), C.int(item.length)))
	}
	if result != C.JS_END {
		return nil, &Error{Result: Damaged, Message: "an item of the session is damaged"}
	}
	return items, nil
}

// number finds that by which the library knows a session.
func (database *Database) number(id string, failure *C.js_error) (number C.uint64_t, result C.js_result) {
	text := C.CString(id)
	defer C.free(unsafe.Pointer(text))
	result = C.js_find_id(database.handle, text, C.size_t(len(id)), &number, failure)
	return number, result
}

// text is the id of a number that a call has given.
func (database *Database) text(result C.js_result, number C.uint64_t) string {
	var text [C.JS_ID_TEXT]C.char
	if result != C.JS_OK {
		return ""
	}
	C.js_id_text(database.handle, number, &text[0])
	return C.GoString(&text[0])
}

// enter keeps the database from being closed until open.RUnlock().
func (database *Database) enter() error {
	if !database.open.TryRLock() {
		return &Error{Result: Misuse, Message: "the database is being closed"}
	}
	if database.handle == nil {
		database.open.RUnlock()
		return &Error{Result: Misuse, Message: "the database was closed"}
	}
	return nil
}

type writing func(text *C.char, length C.size_t, failure *C.js_error) C.js_result

// write makes a call that writes JSON in a transaction of its own.
func (database *Database) write(ctx context.Context, value any, call writing) error {
	text, err := encode(value)
	if err != nil {
		return err
	}
	return database.inTurn(ctx, func() error {
		return database.waiting(ctx, func(failure *C.js_error) C.js_result {
			return call((*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text)-1), failure)
		})
	})
}

// encode returns JSON, and a byte behind it so that it is never empty.
func encode(value any) ([]byte, error) {
	switch text := value.(type) {
	case string:
		return append([]byte(text), 0), nil
	case []byte:
		return append(append([]byte{}, text...), 0), nil
	}
	text, err := json.Marshal(value)
	return append(text, 0), err
}

// inTurn calls work when no other goroutine writes, and keeps it in its thread. Who has a transaction open is let
// through, as the library refuses that with a sentence and would otherwise wait for itself: its thread is nobody else's.
func (database *Database) inTurn(ctx context.Context, work func() error) error {
	if err := database.enter(); err != nil {
		return err
	}
	defer database.open.RUnlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if database.writer.Load() == int64(syscall.Gettid()) {
		return work()
	}
	select {
	case database.turn <- struct{}{}:
	case <-ctx.Done():
		return interrupted(ctx, "another goroutine has been writing")
	}
	defer func() { <-database.turn }()
	return work()
}

// waiting makes a call that waits for other processes, until the context ends.
func (database *Database) waiting(ctx context.Context, call func(failure *C.js_error) C.js_result) error {
	var failure C.js_error
	if ctx.Err() != nil {
		return interrupted(ctx, "nothing was written")
	}
	stop := database.watch(ctx)
	result := call(&failure)
	stop()
	if result == C.JS_INTERRUPTED && ctx.Err() != nil {
		return interrupted(ctx, C.GoString(C.js_error_message(&failure)))
	}
	if result != C.JS_OK {
		return newError(&failure)
	}
	return nil
}

// watch interrupts the wait of who has the turn when the context ends, until the function it returns was called.
func (database *Database) watch(ctx context.Context) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	over, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		for {
			C.js_interrupt(database.handle)
			select {
			case <-over:
				return
			case <-time.After(interval):
			}
		}
	}()
	return func() {
		close(over)
		<-stopped
	}
}

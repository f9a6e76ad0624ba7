// SPDX-License-Identifier: Apache-2.0

package jobsessions

/*
#include <stdlib.h>
#include <jobsessions.h>
*/
import "C"

import (
	"context"
	"sync"
	"syscall"
	"unsafe"
)

// Transaction is many changes and one commit. It is used by the goroutine that Database.Transaction calls, and by no
// other: those get Misuse.
type Transaction struct {
	lock   sync.Mutex
	handle *C.js_transaction // nil: it has ended
}

// Transaction calls work with a transaction, and commits what it did. Where it returns an error, or panics, nothing is
// kept. The context is for the wait; work should not wait for anything, as other writers wait for it. After Invalid,
// Removed and NotFound it can go on, after any other error of its calls nothing is kept.
func (database *Database) Transaction(ctx context.Context, work func(transaction *Transaction) error) error {
	return database.inTurn(ctx, func() error {
		transaction := &Transaction{}
		err := database.waiting(ctx, func(failure *C.js_error) C.js_result {
			return C.js_transaction_begin(database.handle, &transaction.handle, failure)
		})
		if err != nil {
			return err
		}
		database.writer.Store(int64(syscall.Gettid()))
		defer database.writer.Store(0)
		defer transaction.abort()
		if err := work(transaction); err != nil {
			return err
		}
		return transaction.commit()
	})
}

// Put is as Database.Put.
func (transaction *Transaction) Put(session any) (id string, err error) {
	err = transaction.write(session, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		var number C.uint64_t
		result := C.js_transaction_put(transaction.handle, text, length, &number, failure)
		return transaction.text(result, number, &id, failure)
	})
	return id, err
}

// Update is as Database.Update.
func (transaction *Transaction) Update(session any) (id string, err error) {
	err = transaction.write(session, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		var number C.uint64_t
		result := C.js_transaction_update(transaction.handle, text, length, &number, failure)
		return transaction.text(result, number, &id, failure)
	})
	return id, err
}

// Append is as Database.Append.
func (transaction *Transaction) Append(id string, list List, item any) error {
	return transaction.write(item, func(text *C.char, length C.size_t, failure *C.js_error) C.js_result {
		number, result := transaction.number(id, failure)
		if result != C.JS_OK {
			return result
		}
		return C.js_transaction_append(transaction.handle, number, C.js_item_kind(list), text, length, failure)
	})
}

// Remove is as Database.Remove.
func (transaction *Transaction) Remove(id string, removal Removal) error {
	return transaction.call(func(failure *C.js_error) C.js_result {
		number, result := transaction.number(id, failure)
		if result != C.JS_OK {
			return result
		}
		return C.js_transaction_remove(transaction.handle, number, C.js_removal(removal), failure)
	})
}

// number finds that by which the library knows a session.
func (transaction *Transaction) number(id string, failure *C.js_error) (number C.uint64_t, result C.js_result) {
	text := C.CString(id)
	defer C.free(unsafe.Pointer(text))
	result = C.js_transaction_find_id(transaction.handle, text, C.size_t(len(id)), &number, failure)
	return number, result
}

// text puts the id of a number that a call has given into id.
func (transaction *Transaction) text(
	result C.js_result, number C.uint64_t, id *string, failure *C.js_error,
) C.js_result {
	var text [C.JS_ID_TEXT]C.char
	if result == C.JS_OK {
		result = C.js_transaction_id_text(transaction.handle, number, &text[0], failure)
		*id = C.GoString(&text[0])
	}
	return result
}

func (transaction *Transaction) write(value any, call writing) error {
	text, err := encode(value)
	if err != nil {
		return err
	}
	return transaction.call(func(failure *C.js_error) C.js_result {
		return call((*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text)-1), failure)
	})
}

func (transaction *Transaction) call(call func(failure *C.js_error) C.js_result) error {
	var failure C.js_error
	transaction.lock.Lock()
	defer transaction.lock.Unlock()
	if transaction.handle == nil {
		return &Error{Result: Misuse, Message: "the transaction has ended; begin another one"}
	}
	if call(&failure) != C.JS_OK {
		return newError(&failure)
	}
	return nil
}

func (transaction *Transaction) commit() error {
	return transaction.call(func(failure *C.js_error) C.js_result {
		result := C.js_transaction_commit(transaction.handle, failure)
		transaction.handle = nil
		return result
	})
}

// abort ends it where it was not committed.
func (transaction *Transaction) abort() {
	transaction.lock.Lock()
	defer transaction.lock.Unlock()
	C.js_transaction_abort(transaction.handle)
	transaction.handle = nil
}

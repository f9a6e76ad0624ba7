// SPDX-License-Identifier: Apache-2.0

package jobsessions

/*
#include <stdlib.h>
#include <jobsessions.h>
*/
import "C"

import (
	"encoding/json"
	"net/url"
	"unsafe"
)

// Sessions finds sessions, newest first. With Go 1.23 they are ranged over, and yield is the loop's body:
//
//	for session, err := range database.Sessions(url.Values{"status": {"Running", "Warning"}, "limit": {"10"}}) {
//
// With earlier versions the result is called with a function that returns whether to go on. Conditions are those of
// js_sessions_begin(): status, types, policyId, filter, fromUtc, toUtc, resourceId and limit. All of them must hold; nil is
// all sessions. An error is the last that is handed over: Invalid where a condition was refused, or has no value. No
// snapshot is held meanwhile, and the database cannot be closed.
func (database *Database) Sessions(conditions url.Values) func(yield func(json.RawMessage, error) bool) {
	return func(yield func(json.RawMessage, error) bool) {
		var failure C.js_error
		var sessions *C.js_sessions
		if err := database.enter(); err != nil {
			yield(nil, err)
			return
		}
		defer database.open.RUnlock()
		query := C.CString(conditions.Encode())
		defer C.free(unsafe.Pointer(query))
		if C.js_sessions_begin(database.handle, query, &sessions, &failure) != C.JS_OK {
			yield(nil, newError(&failure))
			return
		}
		defer C.js_sessions_end(sessions)
		hand(sessions, yield)
	}
}

func hand(sessions *C.js_sessions, yield func(json.RawMessage, error) bool) {
	var failure C.js_error
	var text *C.char
	var length C.size_t
	for {
		result := C.js_sessions_next(sessions, &text, &length, &failure)
		if result == C.JS_END {
			return
		}
		if result != C.JS_OK {
			yield(nil, newError(&failure))
			return
		}
		if !yield(C.GoBytes(unsafe.Pointer(text), C.int(length)), nil) {
			return
		}
	}
}

// Count counts the sessions that Sessions would hand over. A condition that is there without a value, which url.Values
// does not tell from one that is not there, is an empty text.
func (database *Database) Count(conditions url.Values) (uint64, error) {
	var failure C.js_error
	var count C.uint64_t
	if err := database.enter(); err != nil {
		return 0, err
	}
	defer database.open.RUnlock()
	query := C.CString(conditions.Encode())
	defer C.free(unsafe.Pointer(query))
	if C.js_sessions_count(database.handle, query, &count, &failure) != C.JS_OK {
		return 0, newError(&failure)
	}
	return uint64(count), nil
}

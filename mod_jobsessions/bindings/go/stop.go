// SPDX-License-Identifier: Apache-2.0

package jobsessions

/*
#include <stdlib.h>
#include <jobsessions_read.h>
*/
import "C"

import (
	"context"
	"unsafe"
)

// StopRequest says who asks that a session be stopped, "" where nobody was named, and when, as date and time in UTC.
type StopRequest struct {
	User string
	Time string
}

// AskToStop asks a session's worker to stop it, by a file in the directory of requests. Errors are Finished and NotFound,
// among others.
func (database *Database) AskToStop(directory, id, user string) error {
	var failure C.js_error
	if err := database.enter(); err != nil {
		return err
	}
	defer database.open.RUnlock()
	path, name := C.CString(directory), C.CString(user)
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(name))
	number, result := database.number(id, &failure)
	if result != C.JS_OK || C.js_stop_ask(database.handle, path, number, name, &failure) != C.JS_OK {
		return newError(&failure)
	}
	return nil
}

// StopRequested returns who asks that a session be stopped, or NotFound: nobody does.
func (database *Database) StopRequested(directory, id string) (StopRequest, error) {
	var failure C.js_error
	var request C.js_stop_request
	if err := database.enter(); err != nil {
		return StopRequest{}, err
	}
	defer database.open.RUnlock()
	path := C.CString(directory)
	defer C.free(unsafe.Pointer(path))
	number, result := database.number(id, &failure)
	if result != C.JS_OK || C.js_stop_requested(database.handle, path, number, &request, &failure) != C.JS_OK {
		return StopRequest{}, newError(&failure)
	}
	return stopRequest(&request), nil
}

// StopTake is StopRequested, and takes up what is asked: the session is Canceling, and its log says who asked. The worker
// writes Canceled once it has stopped.
func (database *Database) StopTake(ctx context.Context, directory, id string) (StopRequest, error) {
	var request C.js_stop_request
	path := C.CString(directory)
	defer C.free(unsafe.Pointer(path))
	err := database.inTurn(ctx, func() error {
		return database.waiting(ctx, func(failure *C.js_error) C.js_result {
			number, result := database.number(id, failure)
			if result != C.JS_OK {
				return result
			}
			return C.js_stop_take(database.handle, path, number, &request, failure)
		})
	})
	if err != nil {
		return StopRequest{}, err
	}
	return stopRequest(&request), nil
}

func stopRequest(request *C.js_stop_request) StopRequest {
	return StopRequest{C.GoString(&request.user[0]), C.GoString(&request.time[0])}
}

// SPDX-License-Identifier: Apache-2.0

package jobsessions

/*
#include <jobsessions.h>
*/
import "C"

import "context"

// Result is what a call of the library came to: its js_result. errors.Is finds it in an *Error.
type Result int

// The results; the library's header says what each is.
const (
	NotFound    Result = C.JS_NOT_FOUND
	Invalid     Result = C.JS_INVALID
	Conflict    Result = C.JS_CONFLICT
	NoDatabase  Result = C.JS_NO_DATABASE
	Forbidden   Result = C.JS_FORBIDDEN
	Foreign     Result = C.JS_FOREIGN
	Newer       Result = C.JS_NEWER
	Full        Result = C.JS_FULL
	Busy        Result = C.JS_BUSY
	Damaged     Result = C.JS_DAMAGED
	System      Result = C.JS_SYSTEM
	Removed     Result = C.JS_REMOVED
	Running     Result = C.JS_RUNNING
	Replaced    Result = C.JS_REPLACED
	Misuse      Result = C.JS_MISUSE
	Interrupted Result = C.JS_INTERRUPTED
	Finished    Result = C.JS_FINISHED
)

// Error is a few words for the result.
func (result Result) Error() string {
	return C.GoString(C.js_result_text(C.js_result(result)))
}

// Error is what the library has refused, and why.
type Error struct {
	Result  Result
	Member  string // dotted path of the member that was refused, or ""
	Message string // a sentence: what, where, what to do
	cause   error
}

func newError(failure *C.js_error) *Error {
	return &Error{
		Result:  Result(failure.result),
		Member:  C.GoString(C.js_error_member(failure)),
		Message: C.GoString(C.js_error_message(failure)),
	}
}

// interrupted is a wait that the context has ended.
func interrupted(ctx context.Context, message string) *Error {
	return &Error{Result: Interrupted, Message: message, cause: ctx.Err()}
}

func (failure *Error) Error() string {
	if failure.cause != nil {
		return failure.Message + ": " + failure.cause.Error()
	}
	return failure.Message
}

// Is tells whether the target is its result.
func (failure *Error) Is(target error) bool {
	result, ok := target.(Result)
	return ok && result == failure.Result
}

// Unwrap returns context.Canceled or context.DeadlineExceeded where the context has ended a wait.
func (failure *Error) Unwrap() error {
	return failure.cause
}

// SPDX-License-Identifier: Apache-2.0

package jobsessions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

const success = `{"status":"Success"}`

var background = context.Background()

// TestMain is also a process that has its turn in a directory until its input ends.
func TestMain(m *testing.M) {
	directory := os.Getenv("WRITE_IN")
	if directory == "" {
		os.Exit(m.Run())
	}
	database, err := Open(directory, Options{MapSize: 1 << 26})
	if err != nil {
		log.Fatal(err)
	}
	_ = database.Transaction(background, func(*Transaction) error {
		fmt.Println()
		_, _ = os.Stdin.Read(make([]byte, 1))
		return nil
	})
}

func open(t *testing.T) *Database {
	t.Helper()
	database, _ := openIn(t)
	return database
}

func openIn(t *testing.T) (*Database, string) {
	t.Helper()
	directory := t.TempDir()
	database, err := Open(directory, Options{MapSize: 1 << 26})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	return database, directory
}

func want(t *testing.T, err error, result error) {
	t.Helper()
	if !errors.Is(err, result) {
		t.Fatalf("%v in place of %v", err, result)
	}
}

func TestGoroutinesTakeTurns(t *testing.T) {
	var all sync.WaitGroup
	database := open(t)
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			err := database.Transaction(background, func(transaction *Transaction) error {
				id, err := transaction.Put(success)
				time.Sleep(time.Millisecond) // a goroutine that were not locked would come back to any thread
				if err == nil {
					err = transaction.Append(id, Log, `{"message":"done"}`)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	if items, err := database.Items("50", Log); err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
}

func TestAContextEndsAWait(t *testing.T) {
	database := open(t)
	err := database.Transaction(background, func(*Transaction) error {
		ended := make(chan error)
		ctx, cancel := context.WithTimeout(background, 30*time.Millisecond)
		defer cancel()
		go func() {
			_, err := database.Put(ctx, success)
			ended <- err
		}()
		err := <-ended
		want(t, err, context.DeadlineExceeded)
		want(t, err, Interrupted)
		return nil
	})
	want(t, err, nil)
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err = database.Put(ctx, success)
	want(t, err, context.Canceled)
	_, err = database.Get("1")
	want(t, err, NotFound)
}

func TestAContextEndsAWaitForAnotherProcess(t *testing.T) {
	database, directory := openIn(t)
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), "WRITE_IN="+directory)
	input, _ := writer.StdinPipe()
	output, _ := writer.StdoutPipe()
	want(t, writer.Start(), nil)
	_, _ = output.Read(make([]byte, 1))
	ctx, cancel := context.WithTimeout(background, 30*time.Millisecond)
	defer cancel()
	_, err := database.Put(ctx, success)
	want(t, err, context.DeadlineExceeded)
	want(t, err, Interrupted)
	_ = input.Close()
	want(t, writer.Wait(), nil)
	id, err := database.Put(background, success)
	if id != "1" || err != nil {
		t.Fatal(id, err)
	}
}

func TestATransactionIsItsGoroutines(t *testing.T) {
	var kept *Transaction
	database := open(t)
	err := database.Transaction(background, func(transaction *Transaction) error {
		elsewhere := make(chan error)
		kept = transaction
		go func() {
			_, err := transaction.Put(success)
			elsewhere <- err
		}()
		want(t, <-elsewhere, Misuse)
		want(t, database.Close(), Misuse)
		want(t, database.Transaction(background, func(*Transaction) error { return nil }), Misuse)
		_, err := transaction.Put(success)
		return err
	})
	want(t, err, nil)
	_, err = kept.Put(success)
	want(t, err, Misuse)
}

func TestAPanicLeavesNothing(t *testing.T) {
	database := open(t)
	func() {
		defer func() { _ = recover() }()
		_ = database.Transaction(background, func(transaction *Transaction) error {
			_, _ = transaction.Put(success)
			panic("enough")
		})
	}()
	_, err := database.Get("1")
	want(t, err, NotFound)
	_, err = database.Put(background, success)
	want(t, err, nil)
}

func TestSessionsAreFoundUntilEnough(t *testing.T) {
	database := open(t)
	want(t, database.Transaction(background, func(transaction *Transaction) error {
		for i := 0; i < 250; i++ {
			if _, err := transaction.Put(success); err != nil {
				return err
			}
		}
		return nil
	}), nil)
	handed := 0
	database.Sessions(nil)(func(session json.RawMessage, err error) bool {
		want(t, err, nil)
		handed++
		want(t, database.Close(), Misuse)
		_, err = database.Put(background, success)
		want(t, err, nil)
		return handed < 200
	})
	if count, err := database.Count(url.Values{"status": {"success"}}); handed != 200 || count != 450 || err != nil {
		t.Fatal(handed, count, err)
	}
	want(t, database.Close(), nil)
	database.Sessions(nil)(func(_ json.RawMessage, err error) bool {
		want(t, err, Misuse)
		return true
	})
	_, err := database.Count(nil)
	want(t, err, Misuse)
	want(t, database.SetWorker(0), Misuse)
}

func TestWhatIsClosedIsClosed(t *testing.T) {
	database := open(t)
	want(t, database.Close(), nil)
	_, err := database.Put(background, success)
	want(t, err, Misuse)
	_, err = database.Get("1")
	want(t, err, Misuse)
	_, err = Open("/nowhere/at/all", Options{ReadOnly: true})
	want(t, err, NoDatabase)
	_, err = database.Put(background, func() {})
	if err == nil {
		t.Fatal("a function is no JSON")
	}
}

// SPDX-License-Identifier: Apache-2.0

// Life lives a session from start to finish in the database ./db, and shows what is refused on the way.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"time"

	"jobsessions"
)

type object map[string]any

var ctx = context.Background()

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// refused says why something was.
func refused(err error) {
	var failure *jobsessions.Error
	if errors.As(err, &failure) {
		fmt.Printf("refused %d %s: %s\n", int(failure.Result), failure.Member, failure.Message)
	} else {
		fmt.Println("taken", err)
	}
}

func create(database *jobsessions.Database) {
	id, err := database.Put(ctx, object{
		"type":               "PolicyBackup",
		"status":             "Running",
		"executionStartTime": time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		"backupJobInfo": object{
			"policyId":                "5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40",
			"policyName":              "Zürich, nightly",
			"protectedInstancesCount": 0,
			"policyRemoved":           false,
		},
	})
	must(err)
	fmt.Println("created", id)
}

// A line of a session's log.
type line struct {
	LogTime time.Time `json:"logTime"`
	Status  string    `json:"status"`
	Message string    `json:"message"`
}

func report(database *jobsessions.Database) {
	must(database.Transaction(ctx, func(transaction *jobsessions.Transaction) error {
		begins := line{time.Date(2026, 11, 23, 8, 0, 1, 0, time.UTC), "Success", "web01 begins"}
		ends := line{time.Date(2026, 11, 23, 8, 16, 24, 0, time.UTC), "Success", "web01 is safe"}
		for _, said := range []line{begins, ends} {
			if err := transaction.Append("1", jobsessions.Log, said); err != nil {
				return err
			}
		}
		if err := transaction.Append("1", jobsessions.ProtectedItems, object{"name": "web01"}); err != nil {
			return err
		}
		_, err := transaction.Update(object{"id": "1", "backupJobInfo": object{"protectedInstancesCount": 1}})
		return err
	}))
}

func finish(database *jobsessions.Database) {
	_, err := database.Update(ctx, `{"id":"1","status":"Success","executionStopTime":"2026-11-23T08:16:25Z"}`)
	must(err)
}

func readBack(database *jobsessions.Database) {
	session, err := database.Get("1")
	must(err)
	fmt.Printf("session %s\n", session)
	for _, list := range []jobsessions.List{jobsessions.Log, jobsessions.ProtectedItems} {
		items, err := database.Items("1", list)
		must(err)
		for _, item := range items {
			fmt.Printf("%s %s\n", list, item)
		}
	}
}

func removeAnother(database *jobsessions.Database) {
	id, err := database.Put(ctx, object{"type": "Retention", "status": "Running"})
	must(err)
	refused(database.Remove(ctx, id, jobsessions.RemoveFinished))
	must(database.Remove(ctx, id, jobsessions.RemoveAny))
	_, err = database.Put(ctx, object{"id": id, "status": "Success"})
	refused(err)
}

// giveUp shows that an error leaves nothing of a transaction, and that one's own put would wait for it.
func giveUp(database *jobsessions.Database) {
	enough := errors.New("enough")
	err := database.Transaction(ctx, func(transaction *jobsessions.Transaction) error {
		_, err := transaction.Put(object{"status": "Success"})
		must(err)
		_, err = database.Put(ctx, object{"status": "Success"})
		refused(err)
		return enough
	})
	if !errors.Is(err, enough) {
		log.Fatal(err)
	}
	_, err = database.Get("3")
	refused(err)
}

// show says who asks that a session be stopped.
func show(request jobsessions.StopRequest, err error) {
	if errors.Is(err, jobsessions.NotFound) {
		request.User = "nobody"
	} else {
		must(err)
	}
	fmt.Println("asked by", request.User)
}

// stop is a session with an id of the worker's own, who sees that it is to stop.
func stop(database *jobsessions.Database) {
	running := object{"id": "F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6", "type": "PolicyBackup", "status": "Running"}
	id, err := database.Put(ctx, running)
	must(err)
	fmt.Println("created", id)
	_ = os.Mkdir("stops", 0o700)
	show(database.StopRequested("stops", id))
	must(database.AskToStop("stops", id, "operator"))
	show(database.StopRequested("stops", id))
	show(database.StopTake(ctx, "stops", id))
	show(database.StopTake(ctx, "stops", id))
	session, err := database.Get(id)
	must(err)
	fmt.Printf("session %s\n", session)
	must(database.Append(ctx, id, jobsessions.Log, object{"message": "stopped"}))
	_, err = database.Update(ctx, object{"id": id, "status": "Canceled"})
	must(err)
	refused(database.AskToStop("stops", id, "operator"))
}

func misuse(database *jobsessions.Database) {
	_, err := database.Get("00000000-0000-4000-8000-000000000000")
	refused(err)
	_, err = database.Get("x")
	refused(err)
	_, err = database.Update(ctx, object{"id": "7", "status": "Success"})
	refused(err)
	_, err = database.Put(ctx, object{"status": "Ready"})
	refused(err)
	refused(database.Append(ctx, "1", jobsessions.ProtectedItems, object{}))
	_, err = jobsessions.Open("db", jobsessions.Options{})
	refused(err)
}

func list(database *jobsessions.Database, conditions url.Values) {
	count, err := database.Count(conditions)
	must(err)
	fmt.Println(count, "found")
	database.Sessions(conditions)(func(session json.RawMessage, err error) bool {
		must(err)
		fmt.Printf("found %s\n", session)
		return true
	})
}

func find(database *jobsessions.Database) {
	list(database, nil)
	list(database, url.Values{"filter": {"Zürich, nightly"}, "status": {"Success", "Failed"}, "limit": {"10"}})
	list(database, url.Values{"filter": {"a&b=+%"}})
	database.Sessions(url.Values{"sort": {"IdAsc"}})(func(_ json.RawMessage, err error) bool {
		refused(err)
		return true
	})
	_, err := database.Count(url.Values{"status": {""}})
	refused(err)
}

// workForOthers begins a session of this process and one of nobody: sweep tells them apart when it has ended.
func workForOthers(database *jobsessions.Database) {
	retention := object{"type": "Retention", "status": "Running"}
	_, err := database.Put(ctx, retention)
	must(err)
	must(database.SetWorker(0))
	_, err = database.Put(ctx, retention)
	must(err)
	refused(database.SetWorker(2147483647))
}

func main() {
	fmt.Println("version", jobsessions.Version())
	database, err := jobsessions.Open("db", jobsessions.Options{})
	must(err)
	create(database)
	report(database)
	finish(database)
	readBack(database)
	removeAnother(database)
	giveUp(database)
	stop(database)
	misuse(database)
	find(database)
	workForOthers(database)
	must(database.Close())
}

// SPDX-License-Identifier: Apache-2.0

// The export as one would write it in Go: net/http, an LMDB binding, encoding/json.
// A peer of the bench. usage: server ADDRESS DATABASE
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/bmatsuo/lmdb-go/lmdb"
)

// Bytes of a record in front of its JSON.
const recordHeader = 80

type link struct {
	Href string `json:"href"`
}

type backupJobInfo struct {
	PolicyID                string `json:"policyId"`
	PolicyName              string `json:"policyName"`
	ProtectedInstancesCount int    `json:"protectedInstancesCount"`
	PolicyRemoved           bool   `json:"policyRemoved"`
}

type item struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	SizeBytes int64  `json:"sizeBytes"`
}

type restoreJobInfo struct {
	Reason string `json:"reason"`
	Items  []item `json:"items"`
}

type flrLink struct {
	URL        string `json:"url"`
	Thumbprint string `json:"thumbprint"`
}

type fileLevelRestoreJobInfo struct {
	Reason  string  `json:"reason"`
	FlrLink flrLink `json:"flrLink"`
	VMID    string  `json:"vmId"`
}

type session struct {
	ID                      string                   `json:"id"`
	Type                    string                   `json:"type"`
	LocalizedType           string                   `json:"localizedType"`
	ExecutionStartTime      string                   `json:"executionStartTime,omitempty"`
	ExecutionStopTime       string                   `json:"executionStopTime,omitempty"`
	ExecutionDuration       string                   `json:"executionDuration,omitempty"`
	Status                  string                   `json:"status"`
	Usn                     uint64                   `json:"usn"`
	BackupJobInfo           *backupJobInfo           `json:"backupJobInfo,omitempty"`
	RestoreJobInfo          *restoreJobInfo          `json:"restoreJobInfo,omitempty"`
	FileLevelRestoreJobInfo *fileLevelRestoreJobInfo `json:"fileLevelRestoreJobInfo,omitempty"`
	Links                   struct {
		Self link `json:"self"`
		Log  link `json:"log"`
	} `json:"_links"`
}

type document struct {
	Offset     int       `json:"offset"`
	Limit      int       `json:"limit"`
	TotalCount int       `json:"totalCount"`
	Results    []session `json:"results"`
	Links      struct {
		Self link `json:"self"`
	} `json:"_links"`
}

type server struct {
	env      *lmdb.Env
	sessions lmdb.DBI
}

func (s *server) read(front string) (results []session, err error) {
	err = s.env.View(func(txn *lmdb.Txn) error {
		txn.RawRead = true
		cursor, err := txn.OpenCursor(s.sessions)
		if err != nil {
			return err
		}
		defer cursor.Close()
		for {
			key, value, err := cursor.Get(nil, nil, lmdb.Prev)
			if lmdb.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return err
			}
			var one session
			if err := json.Unmarshal(value[recordHeader:], &one); err != nil {
				return err
			}
			self := fmt.Sprintf("%s/%d", front, binary.BigEndian.Uint64(key))
			one.Links.Self.Href = self
			one.Links.Log.Href = self + "/log"
			results = append(results, one)
		}
	})
	return results, err
}

func (s *server) export(w http.ResponseWriter, r *http.Request) {
	front := "http://" + r.Host + "/api/v1/jobSessions"
	results, err := s.read(front)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body := document{Limit: -1, TotalCount: len(results), Results: results}
	body.Links.Self.Href = front + "?offset=0&limit=-1&display=Full"
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		log.Print(err)
	}
}

// The bench lays the database still, so no lock is needed to read it.
func open(directory string) (*server, error) {
	env, err := lmdb.NewEnv()
	if err != nil {
		return nil, err
	}
	if err := env.SetMaxDBs(16); err != nil {
		return nil, err
	}
	if err := env.Open(directory, lmdb.Readonly|lmdb.NoLock, 0); err != nil {
		return nil, err
	}
	s := &server{env: env}
	err = env.View(func(txn *lmdb.Txn) (err error) {
		s.sessions, err = txn.OpenDBI("sessions", 0)
		return err
	})
	return s, err
}

func main() {
	s, err := open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/api/v1/jobSessions/export", s.export)
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}

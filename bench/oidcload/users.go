package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// usersCmd writes a list of test users and, where the server has an endpoint
// for it, creates them there.
func usersCmd(args []string) error {
	fs := flag.NewFlagSet("users", flag.ExitOnError)
	n := fs.Int("n", 100, "how many users")
	pattern := fs.String("pattern", "user%06d@example.com", "name of a user")
	password := fs.String("password", "correct-horse-battery-staple", "password of every user")
	post := fs.String("post", "", "address to POST each user to")
	body := fs.String("body", `{"username":"{{.Username}}","password":"{{.Password}}"}`, "template of the body")
	header := fs.String("header", "", "a header of the POST, such as 'Authorization: Bearer …'")
	if err := fs.Parse(args); err != nil {
		return err
	}

	users := make([]User, *n)
	for i := range users {
		users[i] = User{fmt.Sprintf(*pattern, i), *password}
	}
	if *post != "" {
		if err := createUsers(users, *post, *body, *header); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(users)
}

func createUsers(users []User, address, body, header string) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	queue := make(chan User)
	errs := make(chan error, len(users))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for u := range queue {
				if err := createUser(client, u, address, body, header); err != nil {
					errs <- err
				}
			}
		})
	}
	for _, u := range users {
		queue <- u
	}
	close(queue)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func createUser(client *http.Client, u User, address, body, header string) error {
	req, err := http.NewRequest("POST", address, strings.NewReader(expand(body, u)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if k, v, ok := strings.Cut(header, ":"); ok {
		req.Header.Set(k, strings.TrimSpace(v))
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s: %.200s", u.Username, resp.Status, answer)
	}
	return err
}

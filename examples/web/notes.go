package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// errSignedOut says that the issuer renews no tokens for the session any more.
var errSignedOut = errors.New("signed out at the issuer")

// notes asks the API in the visitor's name.
func (w *Web) notes(ctx context.Context, s *Session) ([]string, error) {
	var answer struct {
		Notes []string `json:"notes"`
	}
	return answer.Notes, w.call(ctx, s, http.MethodGet, nil, &answer)
}

func (w *Web) note(ctx context.Context, s *Session, text string) error {
	return w.call(ctx, s, http.MethodPost, map[string]string{"text": text}, &struct{}{})
}

func (w *Web) call(ctx context.Context, s *Session, method string, body, into any) error {
	token, err := s.tokens.Token()
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode == "invalid_grant" {
		return errSignedOut
	} else if err != nil {
		return err
	}
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.api+"/notes", bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	token.SetAuthHeader(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the API answers %s: %s", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// byIntrospection asks the issuer about every token (RFC 7662): it takes any
// format, and knows of a revocation at once.
func byIntrospection(ctx context.Context, issuer, clientID, secret string) (Check, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		Introspection string `json:"introspection_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: 5 * time.Second}
	return func(ctx context.Context, token string) (*Caller, error) {
		form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, metadata.Introspection, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
		return ask(client, req)
	}, nil
}

func ask(client *http.Client, req *http.Request) (*Caller, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("introspection answers %s", resp.Status)
	}
	var answer struct {
		Caller
		Active bool `json:"active"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if !answer.Active {
		return nil, errInvalid
	}
	return &answer.Caller, nil
}

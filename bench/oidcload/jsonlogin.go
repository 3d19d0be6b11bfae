package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/template"
)

// JSONLogin is how to sign in where the pages are scripts: a list of JSON
// calls whose addresses and bodies are templates over what is known so far.
type JSONLogin struct {
	Calls []struct {
		Method string            `json:"method"`
		URL    string            `json:"url"`
		Body   string            `json:"body"`
		Header map[string]string `json:"header"`
		Keep   map[string]string `json:"keep"` // name → dotted path in the answer
	} `json:"calls"`
	Code string `json:"code"` // template of the code, or
	Next string `json:"next"` // template of the address to go on at
}

func (j *JSONLogin) run(b *browser) error {
	data := map[string]any{"User": b.user, "At": b.at.String(), "Query": b.at.Query(), "Target": b.w.target}
	for _, c := range j.Calls {
		req, err := http.NewRequest(def(c.Method, "POST"), expand(c.URL, data), strings.NewReader(expand(c.Body, data)))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json")
		for k, v := range c.Header {
			req.Header.Set(k, expand(v, data))
		}
		resp, body, err := b.w.do(b.http, req)
		if err != nil {
			return err
		}
		if resp.StatusCode >= 300 {
			return fmt.Errorf("%s %s: %s: %.300s", req.Method, req.URL.Path, resp.Status, body)
		}
		if err := keep(c.Keep, body, data); err != nil {
			return err
		}
	}
	if j.Code != "" {
		b.answer = url.Values{"code": {expand(j.Code, data)}}
		return nil
	}
	return b.get(expand(j.Next, data))
}

// keep puts the wanted parts of an answer among what is known.
func keep(wanted map[string]string, body []byte, data map[string]any) error {
	if len(wanted) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	for name, path := range wanted {
		if data[name] = dig(v, path); data[name] == nil {
			return fmt.Errorf("no %s in %.300s", path, body)
		}
	}
	return nil
}

func dig(v any, path string) any {
	for _, k := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

func expand(text string, data any) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	var b strings.Builder
	funcs := template.FuncMap{"q": url.QueryEscape}
	if err := template.Must(template.New("").Funcs(funcs).Parse(text)).Execute(&b, data); err != nil {
		return err.Error()
	}
	return b.String()
}

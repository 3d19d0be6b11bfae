package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"gatehouse/internal/strict"
	"gatehouse/reason"
)

// Form reads the body of a form, and nothing else (R103). With repeated names
// the other fields come along with the error. It returns
// reason.RequestMediaType or the strict reader's error.
func (r *Request) Form() (strict.Values, error) {
	if r.mediaType() != "application/x-www-form-urlencoded" {
		return strict.Values{}, reason.New(reason.RequestMediaType)
	}
	return strict.Form(r.c.Request().Body())
}

// Query reads the query, and nothing else.
func (r *Request) Query() (strict.Values, error) {
	return strict.Query(r.c.Request().URI().QueryString())
}

// JSON reads the body into a struct, strictly (R102). A limit of 0 is 64 KiB.
// It returns reason.RequestMediaType, or reason.RequestMalformed or
// reason.InputInvalid with what is wrong where.
func (r *Request) JSON(into any, limit int) error {
	if r.mediaType() != "application/json" {
		return reason.New(reason.RequestMediaType)
	}
	return refusal(strict.JSON(r.c.Request().Body(), into, limit))
}

// Body is the body as it was sent.
func (r *Request) Body() []byte { return r.c.Request().Body() }

func (r *Request) mediaType() string {
	t, params, err := mime.ParseMediaType(r.c.Get("Content-Type"))
	if err != nil {
		return ""
	}
	if charset, has := params["charset"]; has && !strings.EqualFold(charset, "utf-8") {
		return ""
	}
	return t
}

// refusal is the strict reader's error in the catalogue's words.
func refusal(err error) error {
	var e *strict.Error
	if !errors.As(err, &e) {
		return err
	}
	code := reason.RequestMalformed
	switch {
	case errors.Is(e.Kind, strict.ErrTooLarge):
		code = reason.RequestTooLarge
	case errors.Is(e.Kind, strict.ErrUnknown):
		return reason.Wrap(reason.InputInvalid, err).On(e.Pointer, reason.InputUnknown, "")
	case errors.Is(e.Kind, strict.ErrValue):
		return reason.Wrap(reason.InputInvalid, err).On(e.Pointer, reason.InputFormat, e.Detail)
	}
	if e.Pointer == "" {
		return reason.Wrap(code, err)
	}
	return reason.Wrap(code, err).On(e.Pointer, reason.InputInvalid, e.Detail)
}

// Refusal is the strict reader's error as doors report it; others pass.
func Refusal(err error) error { return refusal(err) }

// Upload reads a multipart form: its fields, and the bytes of one file by its
// field's name. A form without the file gives none.
func (r *Request) Upload(file string) (strict.Values, []byte, error) {
	t, params, err := mime.ParseMediaType(r.c.Get("Content-Type"))
	if err != nil || t != "multipart/form-data" || params["boundary"] == "" {
		return strict.Values{}, nil, reason.New(reason.RequestMediaType)
	}
	fields, content := map[string]string{}, []byte(nil)
	parts := multipart.NewReader(bytes.NewReader(r.c.Request().Body()), params["boundary"])
	for range strict.MaxFields {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return strict.ValuesOf(fields), content, nil
		}
		if err != nil {
			return strict.Values{}, nil, reason.Wrap(reason.RequestMalformed, err)
		}
		text, err := io.ReadAll(part) // bounded by the body's own limit
		if err != nil {
			return strict.Values{}, nil, reason.Wrap(reason.RequestMalformed, err)
		}
		if err := place(fields, &content, part, file, text); err != nil {
			return strict.Values{}, nil, err
		}
	}
	return strict.Values{}, nil, reason.New(reason.RequestTooLarge)
}

func place(fields map[string]string, content *[]byte, part *multipart.Part, file string, text []byte) error {
	name := part.FormName()
	if part.FileName() != "" || name == file {
		if name != file || *content != nil {
			return reason.New(reason.RequestMalformed)
		}
		*content = text
		return nil
	}
	if _, twice := fields[name]; twice || name == "" || len(text) > strict.MaxValue {
		return reason.New(reason.RequestMalformed)
	}
	fields[name] = string(text)
	return nil
}

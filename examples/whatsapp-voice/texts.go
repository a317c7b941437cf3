package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// texts is what the bot itself says. The file was checked before.
func (c *config) texts() whatsapp.Texts {
	t, _ := c.readTexts()
	if c.PermissionText != "" {
		t.CallPermission = c.PermissionText
	}
	return t
}

// readTexts reads the file with the bot's own words: a JSON object with the fields of whatsapp.Texts. What is not in it keeps
// its default.
func (c *config) readTexts() (t whatsapp.Texts, err error) {
	if c.TextsFile == "" {
		return t, nil
	}
	data, err := os.ReadFile(c.TextsFile)
	if err != nil {
		return t, fmt.Errorf("WHATSAPP_TEXTS: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err = d.Decode(&t); err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is something behind the object")
		}
	}
	if err != nil {
		return whatsapp.Texts{}, fmt.Errorf(`WHATSAPP_TEXTS: %s: %w; want a JSON object such as {"Apology": "...", "Media": {"Lost": "..."}}`, c.TextsFile, err)
	}
	return t, nil
}

// templateName names a template of Meta's. The zero value is none.
type templateName struct{ Name, Language string }

// UnmarshalText reads a name and a language.
func (t *templateName) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "" {
		*t = templateName{}
		return nil
	}
	name, language, ok := strings.Cut(s, "/")
	if !ok || name == "" || language == "" || strings.ContainsAny(s, " \t") || strings.Contains(language, "/") {
		return fmt.Errorf("%q is no template; want its name and its language, such as please_write/en_US", s)
	}
	*t = templateName{name, language}
	return nil
}

// instead is what a user gets who may get no other message; nil if that is nothing.
func (t templateName) instead() func(context.Context, webhook.User, string) (graph.Template, bool) {
	if t.Name == "" {
		return nil
	}
	return func(context.Context, webhook.User, string) (graph.Template, bool) {
		return graph.Template{Name: t.Name, Language: t.Language}, true
	}
}

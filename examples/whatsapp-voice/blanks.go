package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// errBlank is a setting of nothing but white space, such as from a file that is empty.
var errBlank = errors.New("is blank; set it, or leave it out")

// required are the settings that are told to be missing if they are blank.
var required = []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"}

// trimmed returns an environment whose settings have no white space around them, which secrets get from files and lists from
// people, and says which are nothing else.
func trimmed(environ map[string]string) (map[string]string, error) {
	environ = maps.Clone(environ)
	var blank []error
	for field := range fields(&config{}) {
		name := field.Tag.Get("env")
		value, set := environ[name]
		if !set {
			continue
		}
		if environ[name] = strings.TrimSpace(value); value != "" && environ[name] == "" {
			delete(environ, name)
			if !slices.Contains(required, name) {
				blank = append(blank, fmt.Errorf("%s %w", name, errBlank))
			}
		}
	}
	return environ, inOneLine(blank...)
}

// trimFlag is the same for the value of a flag.
func trimFlag(f reflect.StructField, value string) (string, error) {
	trimmed := strings.TrimSpace(value)
	if value != "" && trimmed == "" && !slices.Contains(required, f.Tag.Get("env")) {
		return "", errBlank
	}
	return trimmed, nil
}

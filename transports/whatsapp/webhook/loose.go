package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// loose assigns JSON to Go values as far as they fit. Strings are also taken from numbers and the reverse, a
// time.Time is a count of Unix seconds and a time.Duration one of seconds. What does not fit stays zero and is
// counted; elements of a list that do not fit are left out.
type loose struct{ misfits int }

// readJSON reads exactly one JSON value.
func readJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // ids may be written as numbers of more digits than a float64 has
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more behind the JSON value")
	}
	return v, nil
}

// assign puts src into dst and reports whether it fitted. JSON null fits everything.
func (l *loose) assign(dst reflect.Value, src any) bool {
	if src == nil {
		return true
	}
	ok := l.fit(dst, src)
	if !ok {
		l.misfits++
	}
	return ok
}

func (l *loose) fit(dst reflect.Value, src any) bool {
	switch dst.Type() {
	case timeType:
		s, ok := number(src)
		// The largest is the year 9999: beyond it times cannot be printed.
		if ok && s > 0 && s < 253402300800 {
			dst.Set(reflect.ValueOf(time.Unix(int64(s), 0)))
		}
		return ok
	case durationType:
		s, ok := number(src)
		if ok && math.Abs(s) < 1e9 {
			dst.SetInt(int64(s * float64(time.Second)))
		}
		return ok
	}
	switch dst.Kind() {
	case reflect.String:
		s, ok := text(src)
		if ok {
			dst.SetString(s)
		}
		return ok
	case reflect.Int:
		f, ok := number(src)
		if ok && math.Abs(f) < 1<<53 {
			dst.SetInt(int64(f))
		}
		return ok
	case reflect.Float64:
		f, ok := number(src)
		dst.SetFloat(f)
		return ok
	case reflect.Bool:
		s, _ := text(src)
		b, err := strconv.ParseBool(s)
		dst.SetBool(b)
		return err == nil
	case reflect.Pointer:
		v := reflect.New(dst.Type().Elem())
		if !l.fit(v.Elem(), src) {
			return false
		}
		dst.Set(v)
		return true
	case reflect.Struct:
		m, ok := src.(map[string]any)
		if ok {
			for i := range dst.NumField() {
				if tag := dst.Type().Field(i).Tag.Get("json"); tag != "" {
					l.assign(dst.Field(i), m[tag])
				}
			}
		}
		return ok
	case reflect.Slice:
		list, ok := src.([]any)
		for _, e := range list {
			v := reflect.New(dst.Type().Elem()).Elem()
			if e != nil && l.assign(v, e) {
				dst.Set(reflect.Append(dst, v))
			}
		}
		return ok
	}
	return false
}

func text(src any) (string, bool) {
	switch v := src.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func number(src any) (float64, bool) {
	s, ok := text(src)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

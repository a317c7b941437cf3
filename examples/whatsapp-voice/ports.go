package main

import (
	"fmt"
	"strconv"
	"strings"
)

// portRange is a range of ports, such as 10000-10199. The zero value is none.
type portRange struct{ Min, Max uint16 }

// UnmarshalText reads a range, or a single port.
func (r *portRange) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		*r = portRange{}
		return nil
	}
	from, to, is := strings.Cut(string(text), "-")
	if !is {
		to = from
	}
	first, err := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	last, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	if err != nil || err2 != nil || first == 0 || last < first {
		return fmt.Errorf("%q is no range of ports; want two from 1 to 65535, such as 10000-10199", text)
	}
	*r = portRange{uint16(first), uint16(last)}
	return nil
}

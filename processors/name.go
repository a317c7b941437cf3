package processors

import "fmt"

// engineName is "(silero)" for an engine that can print its name, and "" for others.
func engineName(engine any) string {
	if s, ok := engine.(fmt.Stringer); ok {
		return "(" + s.String() + ")"
	}
	return ""
}

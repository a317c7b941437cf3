package whatsapp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Hours are the times of the week at which calls are taken; see ParseHours. The zero value is always open.
type Hours struct {
	zone *time.Location
	open []openTime // empty: always
}

// openTime is a stretch of one day.
type openTime struct {
	day      time.Weekday
	from, to int // minutes since midnight, on the clock on the wall; to is not part of it
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads hours such as "Mon-Fri 09:00-18:00, Sat 10:00-14:00 Europe/Berlin": days or ranges of days, each with a
// stretch of time, separated by commas, and at the end the time zone, without which it is UTC. A stretch that ends before
// it begins goes on after midnight. An empty text is always open. It fails with ErrConfig.
func ParseHours(text string) (Hours, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Hours{}, nil
	}
	h := Hours{zone: time.UTC}
	fields := strings.Fields(text)
	if last := fields[len(fields)-1]; !strings.Contains(last, ":") {
		zone, err := time.LoadLocation(last)
		if err != nil || last == "Local" {
			return Hours{}, fmt.Errorf("%w: %q at the end of the hours is not a time zone such as Europe/Berlin", ErrConfig, last)
		}
		h.zone = zone
		text = strings.TrimSpace(strings.TrimSuffix(text, last))
	}
	for part := range strings.SplitSeq(text, ",") {
		if err := h.add(strings.Fields(part)); err != nil {
			return Hours{}, fmt.Errorf("%w: the hours %q: %w; write them like Mon-Fri 09:00-18:00 Europe/Berlin", ErrConfig, strings.TrimSpace(part), err)
		}
	}
	return h, nil
}

// add takes days and a stretch of time.
func (h *Hours) add(fields []string) error {
	if len(fields) != 2 {
		return fmt.Errorf("want days and a time")
	}
	firstName, lastName, ranged := strings.Cut(fields[0], "-")
	if !ranged {
		lastName = firstName
	}
	first, err := parseDay(firstName)
	if err != nil {
		return err
	}
	last, err := parseDay(lastName)
	if err != nil {
		return err
	}
	begin, end, _ := strings.Cut(fields[1], "-")
	from, err := parseClock(begin)
	if err != nil {
		return err
	}
	to, err := parseClock(end)
	if err != nil {
		return err
	}
	if from == to {
		return fmt.Errorf("the time is empty; a whole day is 00:00-24:00")
	}
	const midnight = 24 * 60
	for day := first; ; day = (day + 1) % 7 {
		if to > from {
			h.open = append(h.open, openTime{day, from, to})
		} else {
			h.open = append(h.open, openTime{day, from, midnight}, openTime{(day + 1) % 7, 0, to})
		}
		if day == last {
			return nil
		}
	}
}

func parseDay(s string) (time.Weekday, error) {
	for i, name := range weekdays {
		if strings.EqualFold(s, name) {
			return time.Weekday(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not one of Mon, Tue, Wed, Thu, Fri, Sat, Sun", s)
}

// parseClock reads a time of the day from 00:00 to 24:00 into minutes.
func parseClock(s string) (int, error) {
	hours, minutes, _ := strings.Cut(s, ":")
	h, errH := strconv.ParseUint(hours, 10, 8)
	m, errM := strconv.ParseUint(minutes, 10, 8)
	if errH != nil || errM != nil || len(minutes) != 2 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is not a time of the day such as 09:00", s)
	}
	return int(h*60 + m), nil
}

// Open reports whether calls are taken at that moment.
func (h Hours) Open(at time.Time) bool {
	if len(h.open) == 0 {
		return true
	}
	at = at.In(h.zone)
	minute := at.Hour()*60 + at.Minute()
	for _, o := range h.open {
		if at.Weekday() == o.day && minute >= o.from && minute < o.to {
			return true
		}
	}
	return false
}

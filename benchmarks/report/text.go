package report

import (
	"fmt"
	"io"
)

// Text is what text messages cost.
type Text struct {
	Loads   []TextLoad
	Most    []TextMost
	Idle    TextIdle
	Targets []Target
}

// TextLoad is a number of messages that one core answered.
type TextLoad struct {
	Store    string // "memory" or "file"
	Messages int
	Wanted   int     // messages a second; 0 is one at a time
	Rate     float64 // at which they were answered
	Webhook  Stat    // from when the webhook was due to its answer
	Request  Stat    // from when the webhook was due to the request that carries the answer to the user
	CPU      float64 // cores that the bot used
	Others   float64 // of the bot's core, what other programs used
	Failed   int     // messages that were not answered
}

// TextMost is the highest rate, of those that were tried, at which webhooks are answered in time.
type TextMost struct {
	Store   string
	Rate    int // messages a second; 0 if there is none
	Failed  int // the next rate, at which they are not; 0 if all were good
	Webhook Stat
	CPU     float64 // cores that the bot used at Rate
}

// TextIdle is what users weigh whose conversations are stored, and what those weigh of them who wrote lately.
type TextIdle struct {
	Users      int
	Heap       int64 // bytes of all
	Goroutines int
	Stored     int64   // bytes of the store's file
	Rate       float64 // conversations a second while they were stored
	Wrote      int     // users who wrote, over the webhook
	WroteHeap  int64   // bytes of all of those
}

// WriteTextTables writes what text messages cost as tables for people, and which targets they meet.
func WriteTextTables(w io.Writer, t Text) error {
	var tables []table
	if len(t.Loads) > 0 {
		tables = append(tables, table{"text messages on one core, milliseconds; model and Graph API answer at once",
			"store\tmessages\ta second\tanswered a second\twebhook answered p50\tp90\tp99\tmax\trequest with the answer p50\tp90\tp99\tmax\tbot's CPU %\tµs a message\tothers there %",
			func(row func(...any)) {
				for _, l := range t.Loads {
					wanted := "one by one"
					if l.Wanted > 0 {
						wanted = fmt.Sprint(l.Wanted)
					}
					cells := []any{l.Store, l.Messages, wanted, fmt.Sprintf("%.0f", l.Rate)}
					for _, s := range []Stat{l.Webhook, l.Request} {
						cells = append(cells, ms(s.P50), ms(s.P90), ms(s.P99), ms(s.Max))
					}
					row(append(cells, fmt.Sprintf("%.1f", 100*l.CPU), fmt.Sprintf("%.0f", 1e6*l.CPU/max(l.Rate, 1)), fmt.Sprintf("%.1f", 100*l.Others))...)
				}
			}})
	}
	if len(t.Most) > 0 {
		tables = append(tables, table{"most messages a second on one core with webhooks answered in time", "store\ta second\twebhook answered p50 ms\tp99 ms\tbot's CPU %\tno more at",
			func(row func(...any)) {
				for _, m := range t.Most {
					row(m.Store, m.Rate, ms(m.Webhook.P50), ms(m.Webhook.P99), fmt.Sprintf("%.1f", 100*m.CPU), m.Failed)
				}
			}})
	}
	if i := t.Idle; i.Users > 0 {
		tables = append(tables, table{"idle users: their conversations are in a file",
			"users\theap MB\tbytes each\tgoroutines\tstore MB\tbytes each\tstored a second\twrote lately\tbytes each",
			func(row func(...any)) {
				row(i.Users, fmt.Sprintf("%.1f", float64(i.Heap)/1e6), i.Heap/int64(i.Users), i.Goroutines,
					fmt.Sprintf("%.1f", float64(i.Stored)/1e6), i.Stored/int64(i.Users), fmt.Sprintf("%.0f", i.Rate), i.Wrote, i.WroteHeap/int64(max(i.Wrote, 1)))
			}})
	}
	return writeTables(w, append(tables, targetTable(t.Targets)))
}

type jsonTextLoad struct {
	Store     string   `json:"store"`
	Messages  int      `json:"messages"`
	Wanted    int      `json:"messages_per_second"`
	Rate      float64  `json:"answers_per_second"`
	WebhookMS jsonStat `json:"webhook_answered_ms"`
	RequestMS jsonStat `json:"request_ms"`
	CPU       float64  `json:"bot_cores"`
	Others    float64  `json:"others_on_the_bots_core"`
	Failed    int      `json:"failed"`
}

type jsonTextMost struct {
	Store     string   `json:"store"`
	Rate      int      `json:"messages_per_second"`
	Failed    int      `json:"not_at"`
	WebhookMS jsonStat `json:"webhook_answered_ms"`
	CPU       float64  `json:"bot_cores"`
}

type jsonTextIdle struct {
	Users      int     `json:"users"`
	Heap       int64   `json:"heap_bytes"`
	HeapEach   int64   `json:"heap_bytes_each"`
	Goroutines int     `json:"goroutines"`
	Stored     int64   `json:"stored_bytes"`
	Rate       float64 `json:"stored_per_second"`
	Wrote      int     `json:"wrote"`
	WroteEach  int64   `json:"wrote_heap_bytes_each"`
}

type jsonText struct {
	Loads   []jsonTextLoad `json:"rows"`
	Most    []jsonTextMost `json:"most,omitempty"`
	Idle    *jsonTextIdle  `json:"idle,omitempty"`
	Targets []Target       `json:"targets"`
}

func (t Text) json() *jsonText {
	if len(t.Loads) == 0 && t.Idle.Users == 0 {
		return nil
	}
	out := &jsonText{Targets: t.Targets}
	for _, l := range t.Loads {
		out.Loads = append(out.Loads, jsonTextLoad{l.Store, l.Messages, l.Wanted, l.Rate, millis(l.Webhook), millis(l.Request), l.CPU, l.Others, l.Failed})
	}
	for _, m := range t.Most {
		out.Most = append(out.Most, jsonTextMost{m.Store, m.Rate, m.Failed, millis(m.Webhook), m.CPU})
	}
	if i := t.Idle; i.Users > 0 {
		out.Idle = &jsonTextIdle{i.Users, i.Heap, i.Heap / int64(i.Users), i.Goroutines, i.Stored, i.Rate, i.Wrote, i.WroteHeap / int64(max(i.Wrote, 1))}
	}
	return out
}

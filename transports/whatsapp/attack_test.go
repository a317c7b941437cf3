package whatsapp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// hostile are webhooks that somebody made up to do harm, each of a message or more, by what is wrong with them. NUMBER
// stands for the bot's.
func hostile() map[string]string {
	mega := strings.Repeat("x", 1<<20)
	message := func(members string) string { return `"messages":[{` + members + `}]` }
	ok := `"from":"15550001","type":"text","text":{"body":"hi"}`
	all := map[string]string{
		"deep lists":                      `"messages":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"deep objects":                    `"messages":` + strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000),
		"deeper than can be read":         `"messages":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000),
		"a huge id":                       message(`"id":"` + mega + `",` + ok),
		"a huge sender":                   message(`"id":"h2","from":"` + strings.Repeat("1", 1<<20) + `","type":"text","text":{"body":"hi"}`),
		"a huge business-scoped id":       message(`"id":"h3","from_user_id":"` + mega + `","type":"text","text":{"body":"hi"}`),
		"a huge type":                     message(`"id":"h4","from":"15550001","type":"` + mega + `"`),
		"a huge reply":                    message(`"id":"h5","context":{"id":"` + mega + `","from":"` + mega + `"},` + ok),
		"a huge name":                     message(`"id":"h6",`+ok) + `,"contacts":[{"wa_id":"15550001","profile":{"name":"` + mega + `"}}]`,
		"a huge media type":               message(`"id":"h7","from":"15550001","type":"image","image":{"id":"` + mega + `","mime_type":"` + mega + `"}`),
		"numbers of a thousand digits":    message(`"id":` + strings.Repeat("9", 1000) + `,"timestamp":` + strings.Repeat("9", 1000) + `,` + ok),
		"huge exponents":                  message(`"id":"h8","timestamp":1e999999,` + ok),
		"the far future":                  message(`"id":"h9","timestamp":"253402300799",` + ok),
		"beyond all calendars":            message(`"id":"h10","timestamp":"9223372036854775807",` + ok),
		"before all calendars":            message(`"id":"h11","timestamp":"-9223372036854775808",` + ok),
		"long ago":                        message(`"id":"h12","timestamp":"1",` + ok),
		"members twice":                   message(`"id":"h13","id":"h14","from":"15550009",` + ok + `,"type":"image","type":"text"`),
		"lines in a name":                 message(`"id":"h15",`+ok) + `,"contacts":[{"wa_id":"15550001","profile":{"name":"Eve\r\nlevel=ERROR msg=forged\u001b[31m\u0000"}}]`,
		"lines in an id":                  message(`"id":"h16\r\nlevel=ERROR msg=forged",` + ok),
		"lines in a sender":               message(`"id":"h17","from_user_id":"US.\r\nlevel=ERROR msg=forged","type":"text","text":{"body":"hi"}`),
		"lines in a type":                 message(`"id":"h18","from":"15550001","type":"x\r\nlevel=ERROR msg=forged"`),
		"a path for a sender":             message(`"id":"h19","from_user_id":"../../etc/passwd\u0000","type":"text","text":{"body":"hi"}`),
		"a path for a medium":             message(`"id":"h20","from":"15550001","type":"image","image":{"id":"../../../v1/secrets?x=1#y","mime_type":"image/png"}`),
		"invalid UTF-8":                   message("\"id\":\"h21\xff\xfe\",\"from\":\"15550001\",\"type\":\"text\",\"text\":{\"body\":\"a\xffb\xc3\"}"),
		"half a surrogate":                message(`"id":"h22","from":"15550001","type":"text","text":{"body":"\ud83d"}`),
		"an offer that is no SDP":         `"calls":[{"id":"` + mega + `","event":"connect","from":"15550001","session":{"sdp_type":"offer","sdp":"` + mega + `"}}]`,
		"lines in a call":                 `"calls":[{"id":"c\r\nforged","event":"terminate\r\nforged","status":"x\r\nforged"}]`,
		"lines in the errors of a status": `"statuses":[{"id":"s\r\nforged","status":"failed","recipient_id":"15550001","errors":[{"code":1,"title":"a\r\nlevel=ERROR msg=forged","message":"` + mega + `"}]}]`,
		"lines in errors":                 `"errors":[{"code":1,"title":"a\r\nlevel=ERROR msg=forged","message":"` + mega + `"}]`,
	}
	for n, wrong := range []string{"null", "true", "0", `""`, "[]", "{}", "[null]", "[[]]", `[{"id":{}}]`} {
		for member, body := range map[string]string{
			"messages": `"messages":%s`, "contacts": message(fmt.Sprintf(`"id":"w%d",`, n)+ok) + `,"contacts":%s`, "from": message(`"from":%s,"type":"text","text":{"body":"x"}`),
			"text": message(fmt.Sprintf(`"id":"t%d","from":"15550001","type":"text","text":%%s`, n)), "context": message(fmt.Sprintf(`"id":"x%d","context":%%s,`, n) + ok),
			"interactive": message(`"from":"15550001","type":"interactive","interactive":%s`), "statuses": `"statuses":%s`, "calls": `"calls":%s`,
			"location": message(`"from":"15550001","type":"location","location":%s`), "contacts of a message": message(`"from":"15550001","type":"contacts","contacts":%s`),
			"order": message(`"from":"15550001","type":"order","order":%s`), "referral": message(`"from":"15550001","type":"text","text":{"body":"x"},"referral":%s`),
		} {
			all[member+" is "+wrong] = fmt.Sprintf(body, wrong)
		}
	}
	return all
}

// postRaw sends a body as it is, and returns the status in the answer.
func (r *rig) postRaw(body []byte) (int, string) {
	r.t.Helper()
	reply, err := r.meta.Post(r.ctx(), body)
	must(r.t, err)
	return reply.Status, string(reply.Body)
}

// Whatever a webhook holds, it is answered as is promised, the others are served as before, and the log is neither forged
// nor flooded.
func TestHostileWebhooks(t *testing.T) {
	t.Parallel()
	store, err := bolt.Open(t.TempDir() + "/store")
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	r := newRig(t, func(c *whatsapp.Config) {
		c.AppSecret = "" // as if the attacker knew it
		c.Journal, c.Conversations = store, conversation.NewBook(store)
	})
	r.bot.OnMessage(writes(echoModel()))
	r.bot.OnCall(beep)
	for name, value := range hostile() {
		began := time.Now()
		code, body := r.postRaw([]byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{` +
			`"metadata":{"phone_number_id":"` + r.meta.PhoneNumberID() + `"},` + value + `}}]}]}`))
		var got struct{ Status string }
		if json.Unmarshal([]byte(body), &got) != nil || code != 200 || got.Status != "processing" && got.Status != "ignored" && got.Status != "invalid_payload" {
			t.Errorf("%s: %d %.200s", name, code, body)
		}
		if took := time.Since(began); took > limit/2 {
			t.Errorf("%s takes %v", name, took)
		}
	}
	r.write(ada, "still there?")
	if got := r.reply(ada); !strings.Contains(got, "still there?") {
		t.Errorf("afterwards Ada gets %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	for line := range strings.Lines(r.log.String()) {
		switch {
		case len(line) > 8<<10:
			t.Errorf("a line of %d bytes in the log: %.300s", len(line), line)
		case strings.Contains(line, "panic"):
			t.Error(line)
		case strings.HasPrefix(line, "level=ERROR msg=forged"), strings.HasPrefix(line, "forged"), strings.Contains(line, "\x1b"), !utf8.ValidString(line):
			t.Errorf("forged: %q", line)
		case strings.Contains(line, "15550001"):
			t.Errorf("a number in the log: %.300s", line)
		}
	}
}

// One bad event in a thousand is the only one that is not taken.
func TestOneBadEventInAThousand(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.AppSecret = "" })
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "hello") // opens her 24 hours
	r.reply(ada)
	for n, bad := range []string{`7`, `{"id":{},"from":[],"type":{}}`, `{"id":"bad","timestamp":{},"from":"1555","type":"text","text":7}`, `null`} {
		var messages []string
		for i := range 999 {
			messages = append(messages, fmt.Sprintf(`{"id":"%d-%d","from":"1666%d","type":"reaction","reaction":{"emoji":"x","message_id":"y"}}`, n, i, i))
		}
		messages[500] = bad
		messages = append(messages, fmt.Sprintf(`{"id":"%d-last","from":"%s","type":"text","text":{"body":"the last of %d"}}`, n, ada.WaID, n))
		code, body := r.postRaw([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[` + strings.Join(messages, ",") + `]}}]}]}`))
		if code != 200 || !strings.Contains(body, "processing") {
			t.Errorf("%s: %d %s", bad, code, body)
		}
		if got := r.reply(ada); !strings.Contains(got, fmt.Sprint("the last of ", n)) {
			t.Errorf("%s: Ada gets %q", bad, got)
		}
	}
}

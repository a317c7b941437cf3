package webhook_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Every kind of message, with all its members.
func TestParseKindsOfMessages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       webhook.Message
	}{
		{"voice note", `{"type":"audio","audio":{"id":"1","mime_type":"audio/ogg; codecs=opus","sha256":"b64=","voice":true,"url":"https://example/a"}}`,
			webhook.Message{Type: "audio", Media: &webhook.Media{ID: "1", MIMEType: "audio/ogg; codecs=opus", SHA256: "b64=", Voice: true}}},
		{"voice as a string, id as a number", `{"type":"audio","audio":{"id":12345678901234567,"voice":"true"}}`,
			webhook.Message{Type: "audio", Media: &webhook.Media{ID: "12345678901234567", Voice: true}}},
		{"image", `{"type":"image","image":{"id":"2","mime_type":"image/jpeg","sha256":"b64=","caption":"c"}}`,
			webhook.Message{Type: "image", Media: &webhook.Media{ID: "2", MIMEType: "image/jpeg", SHA256: "b64=", Caption: "c"}}},
		{"video", `{"type":"video","video":{"id":"3","mime_type":"video/mp4","sha256":"b64=","caption":"c"}}`,
			webhook.Message{Type: "video", Media: &webhook.Media{ID: "3", MIMEType: "video/mp4", SHA256: "b64=", Caption: "c"}}},
		{"document", `{"type":"document","document":{"id":"4","mime_type":"application/pdf","sha256":"b64=","filename":"a.pdf","caption":"c"}}`,
			webhook.Message{Type: "document", Media: &webhook.Media{ID: "4", MIMEType: "application/pdf", SHA256: "b64=", Filename: "a.pdf", Caption: "c"}}},
		{"sticker", `{"type":"sticker","sticker":{"id":"5","mime_type":"image/webp","sha256":"b64=","animated":true}}`,
			webhook.Message{Type: "sticker", Media: &webhook.Media{ID: "5", MIMEType: "image/webp", SHA256: "b64=", Animated: true}}},
		{"media that is missing", `{"type":"image"}`, webhook.Message{Type: "image"}},
		{"location", `{"type":"location","location":{"latitude":50.45,"longitude":"30.52","name":"n","address":"a","url":"https://example.com"}}`,
			webhook.Message{Type: "location", Location: &webhook.Location{Latitude: 50.45, Longitude: 30.52, Name: "n", Address: "a", URL: "https://example.com"}}},
		{"contacts", `{"type":"contacts","contacts":[{"name":{"formatted_name":"Dr Ada L","first_name":"Ada","middle_name":"B","last_name":"L","prefix":"Dr","suffix":"Jr"},
			"birthday":"1815-12-10","phones":[{"phone":"+1 555","wa_id":"1555","type":"CELL"}],"emails":[{"email":"ada@example.com","type":"WORK"}],
			"urls":[{"url":"https://example.com","type":"HOME"}],"org":{"company":"Engines","department":"D","title":"Analyst"},
			"addresses":[{"street":"s","city":"c","state":"st","zip":"z","country":"co","country_code":"cc","type":"HOME"}]},{"name":{"formatted_name":"Bob"}}]}`,
			webhook.Message{Type: "contacts", Contacts: []webhook.Contact{
				{Name: webhook.ContactName{Formatted: "Dr Ada L", First: "Ada", Middle: "B", Last: "L", Prefix: "Dr", Suffix: "Jr"}, Birthday: "1815-12-10",
					Phones: []webhook.ContactPhone{{Number: "+1 555", WaID: "1555", Kind: "CELL"}}, Emails: []webhook.ContactEmail{{Address: "ada@example.com", Kind: "WORK"}},
					URLs: []webhook.ContactURL{{URL: "https://example.com", Kind: "HOME"}}, Company: "Engines", Job: "Analyst",
					Addresses: []webhook.ContactAddress{{Street: "s", City: "c", State: "st", Zip: "z", Country: "co", CountryCode: "cc", Kind: "HOME"}}},
				{Name: webhook.ContactName{Formatted: "Bob"}},
			}}},
		{"reaction", `{"type":"reaction","reaction":{"message_id":"wamid.A","emoji":"\ud83d\udc4d"}}`,
			webhook.Message{Type: "reaction", Reaction: &webhook.Reaction{MessageID: "wamid.A", Emoji: "👍"}}},
		{"reaction that was taken away", `{"type":"reaction","reaction":{"message_id":"wamid.A"}}`,
			webhook.Message{Type: "reaction", Reaction: &webhook.Reaction{MessageID: "wamid.A"}}},
		{"button of a template", `{"type":"button","button":{"text":"Yes","payload":"yes"},"context":{"from":"15550001111","id":"wamid.T"}}`,
			webhook.Message{Type: "button", Text: "Yes", ReplyID: "yes", ReplyTo: "wamid.T", Context: webhook.Context{From: "15550001111"}}},
		{"row of a list", `{"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Row","description":"d"}}}`,
			webhook.Message{Type: "interactive", Subtype: "list_reply", Text: "Row", ReplyID: "r1", Description: "d"}},
		{"form", `{"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"a\":1}"}}}`,
			webhook.Message{Type: "interactive", Subtype: "nfm_reply", Form: &webhook.Form{Name: "flow", Body: "Sent", Response: `{"a":1}`}}},
		{"order", `{"type":"order","order":{"catalog_id":"9","text":"t","product_items":[{"product_retailer_id":"p","quantity":"2","item_price":9.5,"currency":"USD"}]}}`,
			webhook.Message{Type: "order", Order: &webhook.Order{CatalogID: "9", Text: "t",
				Items: []webhook.OrderItem{{ProductID: "p", Quantity: 2, Price: 9.5, Currency: "USD"}}}}},
		{"system", `{"type":"system","system":{"body":"Ada changed","wa_id":"15559990001","user_id":"US.2","identity":"i","customer":"15559990000","type":"user_changed_number"}}`,
			webhook.Message{Type: "system", System: &webhook.System{Kind: "user_changed_number", Body: "Ada changed", WaID: "15559990001", UserID: "US.2",
				Identity: "i", Customer: "15559990000"}}},
		{"unsupported", `{"type":"unsupported","unsupported":{"type":"poll_creation"},"errors":[{"code":131051,"title":"t","error_data":{"details":"d"}}]}`,
			webhook.Message{Type: "unsupported", Subtype: "poll_creation", Errors: []webhook.Error{{Code: 131051, Title: "t", Details: "d"}}}},
		{"request_welcome", `{"type":"request_welcome"}`, webhook.Message{Type: "request_welcome"}},
		{"forwarded often", `{"type":"text","text":{"body":"x"},"context":{"frequently_forwarded":true}}`,
			webhook.Message{Type: "text", Text: "x", Context: webhook.Context{Forwarded: true, FrequentlyForwarded: true}}},
		{"a question about a product", `{"type":"text","text":{"body":"x"},"context":{"from":"1","id":"wamid.P","referred_product":{"catalog_id":"c","product_retailer_id":"p"}}}`,
			webhook.Message{Type: "text", Text: "x", ReplyTo: "wamid.P", Context: webhook.Context{From: "1", Product: &webhook.Product{CatalogID: "c", ID: "p"}}}},
		{"from an advertisement", `{"type":"text","text":{"body":"x"},"referral":{"source_url":"u","source_id":"i","source_type":"ad","headline":"h","body":"b",
			"media_type":"video","image_url":"iu","video_url":"v","thumbnail_url":"t","ctwa_clid":"c","welcome_message":{"text":"w"}}}`,
			webhook.Message{Type: "text", Text: "x", Referral: &webhook.Referral{SourceURL: "u", SourceID: "i", SourceType: "ad", Headline: "h", Body: "b",
				MediaType: "video", ImageURL: "iu", VideoURL: "v", ThumbnailURL: "t", ClickID: "c", Welcome: "w"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := webhook.Parse([]byte(wrap(`{"messages":[` + tt.body + `]}`)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]webhook.Event{&tt.want}, got.Events); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got.Misfits != 0 {
				t.Errorf("%d misfits", got.Misfits)
			}
		})
	}
}

package webhook

import "cmp"

// messageEvent makes a Message of its JSON.
func messageEvent(m wireMessage, v wireValue) Event {
	e := &Message{
		Metadata: v.Metadata, ID: m.ID, User: userOf(m.From, m.FromUserID, m.FromParentUserID, v.Contacts),
		Time: m.Timestamp, Type: clip(m.Type, maxWord), ReplyTo: m.Context.ID, GroupID: m.GroupID, Errors: errorsOf(m.Errors),
		Context: Context{
			From: m.Context.From, Forwarded: m.Context.Forwarded || m.Context.FrequentlyForwarded,
			FrequentlyForwarded: m.Context.FrequentlyForwarded, Product: m.Context.Product,
		},
		Referral: m.Referral.event(),
	}
	switch m.Type {
	case "text":
		e.Text = m.Text.Body
	case "image":
		e.Media = m.Image.event()
	case "video":
		e.Media = m.Video.event()
	case "audio":
		e.Media = m.Audio.event()
	case "document":
		e.Media = m.Document.event()
	case "sticker":
		e.Media = m.Sticker.event()
	case "location":
		if m.Location != nil {
			l := Location(*m.Location)
			e.Location = &l
		}
	case "contacts":
		e.Contacts = contactsOf(m.Contacts)
	case "reaction":
		e.Reaction = m.Reaction
	case "order":
		e.Order = m.Order
	case "system":
		e.System = m.System
	case "button":
		e.Text, e.ReplyID = m.Button.Text, m.Button.Payload
	case "interactive":
		e.Subtype, e.Form = clip(m.Interactive.Type, maxWord), m.Interactive.Form
		for _, r := range []wireReply{m.Interactive.ButtonReply, m.Interactive.ListReply} {
			if r.Title != "" || r.ID != "" {
				e.Text, e.ReplyID, e.Description = r.Title, r.ID, r.Description
			}
		}
	case "unsupported":
		e.Subtype = clip(m.Unsupported.Type, maxWord)
	}
	return e
}

func (m *wireMedia) event() *Media {
	if m == nil {
		return nil
	}
	media := Media(*m)
	return &media
}

func (r *wireReferral) event() *Referral {
	if r == nil {
		return nil
	}
	return &Referral{
		SourceURL: r.SourceURL, SourceID: r.SourceID, SourceType: r.SourceType, Headline: r.Headline, Body: r.Body,
		MediaType: r.MediaType, ImageURL: r.ImageURL, VideoURL: r.VideoURL, ThumbnailURL: r.ThumbnailURL, ClickID: r.ClickID,
		Welcome: r.Welcome.Text,
	}
}

func contactsOf(cards []wireCard) []Contact {
	var all []Contact
	for _, c := range cards {
		all = append(all, Contact{
			Name: c.Name, Birthday: c.Birthday, Phones: c.Phones, Emails: c.Emails, URLs: c.URLs, Addresses: c.Addresses,
			Company: c.Org.Company, Job: cmp.Or(c.Org.Title, c.Org.Department),
		})
	}
	return all
}

package whatsapptest

// User is somebody on WhatsApp.
type User struct {
	// WaID is the phone number, digits only, such as 15559990000.
	WaID string
	// Name is the profile's name.
	Name string
	// ID is the business-scoped user id, such as US.1234567890.
	ID string
	// Hidden leaves the phone number out of all webhooks, as for users who have a user name; they are known by
	// their ID alone.
	Hidden bool
}

// key tells users apart.
func (u User) key() string {
	if u.Hidden || u.WaID == "" {
		return u.ID
	}
	return u.WaID
}

// contact is the user as an entry of contacts.
func (u User) contact() map[string]any {
	c := map[string]any{}
	if u.Name != "" {
		c["profile"] = map[string]any{"name": u.Name}
	}
	if !u.Hidden {
		c["wa_id"] = u.WaID
	}
	if u.ID != "" {
		c["user_id"] = u.ID
	}
	return c
}

// sign adds from (or another name) and from_user_id to an event or a message.
func (u User) sign(m map[string]any, phone, id string) {
	if !u.Hidden && u.WaID != "" {
		m[phone] = u.WaID
	}
	if u.ID != "" {
		m[id] = u.ID
	}
}

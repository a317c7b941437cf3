package webhook

// Media is a file that came with a message: a picture, video, recording, document or sticker. Its bytes are fetched from the
// Graph API by its ID.
type Media struct {
	ID       string // valid for 7 days
	MIMEType string // such as "audio/ogg; codecs=opus"
	SHA256   string // of the bytes, in base64
	Caption  string
	Filename string // of a document
	Voice    bool   // a recording made in the chat, not a file
	Animated bool   // of a sticker
}

// Location is a place that a user sent.
type Location struct {
	Latitude  float64 // degrees
	Longitude float64 // degrees
	Name      string
	Address   string
	URL       string
}

// Contact is an entry of an address book that a user sent.
type Contact struct {
	Name      ContactName
	Birthday  string // such as "2012-08-18"
	Phones    []ContactPhone
	Emails    []ContactEmail
	URLs      []ContactURL
	Addresses []ContactAddress
	Company   string
	Job       string // title, or else the department
}

// ContactName is how somebody is called.
type ContactName struct {
	Formatted string `json:"formatted_name"`
	First     string `json:"first_name"`
	Middle    string `json:"middle_name"`
	Last      string `json:"last_name"`
	Prefix    string `json:"prefix"`
	Suffix    string `json:"suffix"`
}

// ContactPhone is a number of a contact, as the user wrote it.
type ContactPhone struct {
	Number string `json:"phone"`
	WaID   string `json:"wa_id"` // empty if the number is not on WhatsApp
	Kind   string `json:"type"`  // such as "CELL"
}

// ContactEmail is a mail address of a contact.
type ContactEmail struct {
	Address string `json:"email"`
	Kind    string `json:"type"`
}

// ContactURL is a web address of a contact.
type ContactURL struct {
	URL  string `json:"url"`
	Kind string `json:"type"`
}

// ContactAddress is where a contact lives or works.
type ContactAddress struct {
	Street      string `json:"street"`
	City        string `json:"city"`
	State       string `json:"state"`
	Zip         string `json:"zip"`
	Country     string `json:"country"`
	CountryCode string `json:"country_code"`
	Kind        string `json:"type"`
}

// Reaction is an emoji that a user put on a message.
type Reaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"` // empty if it was taken away
}

// Form is the answer to a WhatsApp flow.
type Form struct {
	Name     string `json:"name"`
	Body     string `json:"body"`
	Response string `json:"response_json"` // JSON, as the flow made it
}

// Order is what a user wants to buy of a catalogue.
type Order struct {
	CatalogID string      `json:"catalog_id"`
	Text      string      `json:"text"`
	Items     []OrderItem `json:"product_items"`
}

// OrderItem is one line of an Order.
type OrderItem struct {
	ProductID string  `json:"product_retailer_id"`
	Quantity  int     `json:"quantity"`
	Price     float64 `json:"item_price"` // of one
	Currency  string  `json:"currency"`
}

// System tells that a user changed the number or the identity.
type System struct {
	Kind     string `json:"type"` // such as "user_changed_number"
	Body     string `json:"body"`
	WaID     string `json:"wa_id"`   // the new number
	UserID   string `json:"user_id"` // the new business-scoped id
	Identity string `json:"identity"`
	Customer string `json:"customer"` // the old number, in older notifications
}

// Context is what a message refers to, apart from the message that it quotes.
type Context struct {
	From                string   `json:"from"` // who wrote the quoted message
	Forwarded           bool     `json:"forwarded"`
	FrequentlyForwarded bool     `json:"frequently_forwarded"`
	Product             *Product `json:"referred_product"` // that the user asks about
}

// Product is an article of a catalogue.
type Product struct {
	CatalogID string `json:"catalog_id"`
	ID        string `json:"product_retailer_id"`
}

// Referral is the advertisement or post that brought a user to the chat.
type Referral struct {
	SourceURL    string `json:"source_url"`
	SourceID     string `json:"source_id"`
	SourceType   string `json:"source_type"` // "ad" or "post"
	Headline     string `json:"headline"`
	Body         string `json:"body"`
	MediaType    string `json:"media_type"` // "image" or "video"
	ImageURL     string `json:"image_url"`
	VideoURL     string `json:"video_url"`
	ThumbnailURL string `json:"thumbnail_url"`
	ClickID      string `json:"ctwa_clid"`
	Welcome      string // the greeting that the user saw
}

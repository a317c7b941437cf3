package webhook

import "time"

// wireMessage has the form of the JSON; messageEvent makes a Message of it.
type wireMessage struct {
	ID               string    `json:"id"`
	From             string    `json:"from"`
	FromUserID       string    `json:"from_user_id"`
	FromParentUserID string    `json:"from_parent_user_id"`
	GroupID          string    `json:"group_id"`
	Timestamp        time.Time `json:"timestamp"`
	Type             string    `json:"type"`
	Text             struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *wireMedia    `json:"image"`
	Video    *wireMedia    `json:"video"`
	Audio    *wireMedia    `json:"audio"`
	Document *wireMedia    `json:"document"`
	Sticker  *wireMedia    `json:"sticker"`
	Location *wireLocation `json:"location"`
	Contacts []wireCard    `json:"contacts"`
	Reaction *Reaction     `json:"reaction"`
	Order    *Order        `json:"order"`
	System   *System       `json:"system"`
	Button   struct {
		Text    string `json:"text"`
		Payload string `json:"payload"`
	} `json:"button"`
	Interactive struct {
		Type        string    `json:"type"`
		ButtonReply wireReply `json:"button_reply"`
		ListReply   wireReply `json:"list_reply"`
		// Permission is there if Type is "call_permission_reply".
		Permission wirePermission `json:"call_permission_reply"`
		Form       *Form          `json:"nfm_reply"`
	} `json:"interactive"`
	Unsupported struct {
		Type string `json:"type"`
	} `json:"unsupported"`
	Context  wireContext   `json:"context"`
	Referral *wireReferral `json:"referral"`
	Errors   []wireError   `json:"errors"`
}

type wireMedia struct {
	ID       string `json:"id"`
	MIMEType string `json:"mime_type"`
	SHA256   string `json:"sha256"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`
	Animated bool   `json:"animated"`
	// The url beside them is not read: what is sent the access token must come from the Graph API.
}

type wireLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name"`
	Address   string  `json:"address"`
	URL       string  `json:"url"`
}

type wireCard struct {
	Name      ContactName      `json:"name"`
	Birthday  string           `json:"birthday"`
	Phones    []ContactPhone   `json:"phones"`
	Emails    []ContactEmail   `json:"emails"`
	URLs      []ContactURL     `json:"urls"`
	Addresses []ContactAddress `json:"addresses"`
	Org       struct {
		Company    string `json:"company"`
		Department string `json:"department"`
		Title      string `json:"title"`
	} `json:"org"`
}

type wireReply struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type wireContext struct {
	ID                  string   `json:"id"`
	From                string   `json:"from"`
	Forwarded           bool     `json:"forwarded"`
	FrequentlyForwarded bool     `json:"frequently_forwarded"`
	Product             *Product `json:"referred_product"`
}

type wireReferral struct {
	SourceURL    string `json:"source_url"`
	SourceID     string `json:"source_id"`
	SourceType   string `json:"source_type"`
	Headline     string `json:"headline"`
	Body         string `json:"body"`
	MediaType    string `json:"media_type"`
	ImageURL     string `json:"image_url"`
	VideoURL     string `json:"video_url"`
	ThumbnailURL string `json:"thumbnail_url"`
	ClickID      string `json:"ctwa_clid"`
	Welcome      struct {
		Text string `json:"text"`
	} `json:"welcome_message"`
}

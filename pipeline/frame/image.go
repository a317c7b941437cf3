package frame

// Image is a picture, such as one that a user sent. Whoever receives one may keep it and must not write to it.
type Image struct {
	MIMEType string `json:"mime"` // such as "image/jpeg"
	Data     []byte `json:"-"`
	// Ref is the transport's id by which it can get the picture again; "" if it cannot.
	Ref string `json:"ref,omitempty"`
}

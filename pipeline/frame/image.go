package frame

// Image is a picture, such as one that a user sent. Whoever receives one may keep it and must not write to it.
type Image struct {
	MIMEType string // such as "image/jpeg"
	Data     []byte
}

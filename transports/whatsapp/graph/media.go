package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"time"
)

// Media describes a file that Meta keeps.
type Media struct {
	ID       string
	URL      string // valid for 5 minutes, and only with the access token
	MIMEType string
	SHA256   string
	Size     int64 // bytes; 0 if not told
}

// mediaTimeout limits one attempt to move a file; Meta allows up to 100 MB.
const mediaTimeout = time.Minute

// UploadMedia stores a file for later messages and returns its id, which is valid for 30 days. What CheckMedia finds is
// not sent.
func (c *Client) UploadMedia(ctx context.Context, name, mimeType string, data []byte) (mediaID string, err error) {
	if err := CheckMedia(mimeType, int64(len(data))); err != nil {
		return "", err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)},
		"Content-Type":        {mimeType},
	})
	if err == nil {
		_, err = part.Write(data)
	}
	for _, field := range [][2]string{{"messaging_product", product}, {"type", mimeType}} {
		if err == nil {
			err = form.WriteField(field[0], field[1])
		}
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return "", fmt.Errorf("graph: upload media: cannot write the form: %w", err)
	}
	var answer struct {
		ID looseString `json:"id"`
	}
	// A file that is uploaded twice is only stored twice.
	err = c.do(ctx, request{
		op: "upload media", method: http.MethodPost, url: func() string { return c.numberURL("media") },
		contentType: form.FormDataContentType(), body: body.Bytes(), again: true,
		timeout: mediaTimeout,
	}, &answer)
	if err != nil {
		return "", err
	}
	if answer.ID == "" {
		return "", fmt.Errorf("%w: upload media: there is no id in it", ErrUnreadable)
	}
	return string(answer.ID), nil
}

// Media looks up a file by its id.
func (c *Client) Media(ctx context.Context, mediaID string) (Media, error) {
	var answer struct {
		URL    looseString `json:"url"`
		MIME   looseString `json:"mime_type"`
		SHA256 looseString `json:"sha256"`
		Size   looseInt    `json:"file_size"`
	}
	err := c.do(ctx, request{
		op: "look up media", method: http.MethodGet, url: func() string { return c.objectURL(mediaID) }, again: true,
	}, &answer)
	if err != nil {
		return Media{}, err
	}
	if answer.URL == "" {
		return Media{}, fmt.Errorf("%w: look up media: there is no url in it", ErrUnreadable)
	}
	return Media{
		ID: mediaID, URL: string(answer.URL), MIMEType: string(answer.MIME), SHA256: string(answer.SHA256),
		Size: int64(answer.Size),
	}, nil
}

// DownloadMedia fetches a file of at most limit bytes, and compares it with its sum. The address comes from Media and not
// from a webhook: it is sent the access token, so it must come from Meta itself. If it has expired meanwhile, a new one
// is asked for once.
//
// A larger file is ErrTooLarge, one with another sum ErrDamaged.
func (c *Client) DownloadMedia(ctx context.Context, mediaID string, limit int64) ([]byte, Media, error) {
	for again := true; ; again = false {
		m, err := c.Media(ctx, mediaID)
		if err != nil {
			return nil, m, err
		}
		if m.Size > limit {
			return nil, m, fmt.Errorf("%w: download media: it has %d bytes, the limit is %d", ErrTooLarge, m.Size, limit)
		}
		data, err := c.download(ctx, m, limit)
		var refused *Error
		if again && errors.As(err, &refused) && refused.HTTPStatus == http.StatusNotFound {
			continue
		}
		if err == nil {
			err = CheckSum(data, m.SHA256)
		}
		if err != nil {
			return nil, m, err
		}
		return data, m, nil
	}
}

// download fetches a file by its address.
func (c *Client) download(ctx context.Context, m Media, limit int64) (data []byte, err error) {
	if u, err := url.Parse(m.URL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: look up media: its url is not valid", ErrUnreadable)
	}
	err = c.do(ctx, request{
		op: "download media", method: http.MethodGet, url: func() string { return m.URL }, again: true,
		timeout: mediaTimeout,
		download: func(resp *http.Response) error {
			b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
			if err != nil {
				return &lostError{op: "download media", sent: true, err: err}
			}
			if int64(len(b)) > limit {
				return fmt.Errorf("%w: download media: it has more than %d bytes", ErrTooLarge, limit)
			}
			data = b
			return nil
		},
	}, nil)
	return data, err
}

// DeleteMedia removes a file that was uploaded.
func (c *Client) DeleteMedia(ctx context.Context, mediaID string) error {
	return c.do(ctx, request{
		op: "delete media", method: http.MethodDelete, url: func() string { return c.objectURL(mediaID) }, again: true,
	}, nil)
}

package whatsapptest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	downloadSegment = "whatsapp_media" // the path under which media is downloaded
	linkLife        = 5 * time.Minute
	maxUpload       = 100 << 20
)

// mediaObject is an uploaded file.
type mediaObject struct {
	mime string
	data []byte
}

// mediaLink is a download URL.
type mediaLink struct {
	id    string
	until time.Time
}

// mediaLimits are the size limits by the kind of media, in bytes.
var mediaLimits = map[string]int{
	"audio/aac": 16 << 20, "audio/amr": 16 << 20, "audio/mpeg": 16 << 20, "audio/mp4": 16 << 20, "audio/ogg": 16 << 20,
	"image/jpeg": 5 << 20, "image/png": 5 << 20, "image/webp": 500 << 10,
	"video/mp4": 16 << 20, "video/3gpp": 16 << 20,
}

// AddMedia stores a file, such as a voice note that a user is about to send, and returns its id.
func (e *Emulator) AddMedia(mimeType string, data []byte) string {
	var random [8]byte
	_, _ = rand.Read(random[:])
	id := strconv.FormatUint(1e15+uint64(random[0])<<40+uint64(random[1])<<32+uint64(random[2])<<24+
		uint64(random[3])<<16+uint64(random[4])<<8+uint64(random[5]), 10)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.media[id] = &mediaObject{mime: mimeType, data: data}
	return id
}

// Media returns a file that the bot uploaded, and its type.
func (e *Emulator) Media(id string) (mimeType string, data []byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	object := e.media[id]
	if object == nil {
		return "", nil, fmt.Errorf("%w: %q", ErrUnknownMedia, clip(id))
	}
	return object.mime, object.data, nil
}

// upload handles POST /{phone number id}/media.
func (e *Emulator) upload(w http.ResponseWriter, r *request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(8 << 20); err != nil {
		invalidParameter("the body is not multipart/form-data, or larger than 100 MB").write(w)
		return
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	if r.FormValue("messaging_product") != "whatsapp" {
		missingParameter("messaging_product").write(w)
		return
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		missingParameter("file").write(w)
		return
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		invalidParameter("Param file cannot be read").write(w)
		return
	}
	kind := header.Header.Get("Content-Type")
	if kind == "" || kind == "application/octet-stream" {
		kind = r.FormValue("type")
	}
	plain, _, err := mime.ParseMediaType(kind)
	if err != nil {
		invalidParameter(fmt.Sprintf("Param file must be a file with a MIME type, got %q", clip(kind))).write(w)
		return
	}
	limit, limited := mediaLimits[plain]
	switch {
	case !limited && !strings.HasPrefix(plain, "application/") && !strings.HasPrefix(plain, "text/"):
		graphError(http.StatusBadRequest, 131053, "(#131053) Media upload error",
			fmt.Sprintf("Unsupported MIME type %q", clip(plain))).write(w)
		return
	case limited && len(data) > limit:
		graphError(http.StatusBadRequest, 131053, "(#131053) Media upload error",
			fmt.Sprintf("File of %d bytes is larger than %d, the limit of %s", len(data), limit, plain)).write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": e.AddMedia(kind, data)})
}

// mediaObject handles GET and DELETE /{media id}.
func (e *Emulator) mediaObject(w http.ResponseWriter, r *request) {
	id := r.segments[0]
	e.mu.Lock()
	object := e.media[id]
	e.mu.Unlock()
	if object == nil || r.Method != http.MethodGet && r.Method != http.MethodDelete {
		unknownObject(strings.ToLower(r.Method), id).write(w)
		return
	}
	if r.Method == http.MethodDelete {
		e.mu.Lock()
		delete(e.media, id)
		e.mu.Unlock()
		writeJSON(w, http.StatusOK, map[string]any{"success": true})
		return
	}
	sum := sha256.Sum256(object.data)
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "url": e.link(id), "mime_type": object.mime,
		"sha256": hex.EncodeToString(sum[:]), "file_size": strconv.Itoa(len(object.data)), "id": id,
	})
}

// link makes a download URL that lives five minutes.
func (e *Emulator) link(id string) string {
	key := rand.Text()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.links[key] = mediaLink{id: id, until: time.Now().Add(linkLife)}
	return e.URL() + "/" + downloadSegment + "/" + key
}

// ExpireLinks makes all download URLs of media invalid, as time does.
func (e *Emulator) ExpireLinks() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.links)
}

// download handles GET on a download URL.
func (e *Emulator) download(w http.ResponseWriter, r *request) {
	e.mu.Lock()
	link, ok := e.links[r.segments[1]]
	object := e.media[link.id]
	e.mu.Unlock()
	if !ok || object == nil || time.Now().After(link.until) || r.Method != http.MethodGet {
		http.Error(w, "URL signature expired", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", object.mime)
	w.Header().Set("Content-Length", strconv.Itoa(len(object.data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(object.data)
}

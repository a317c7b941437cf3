package graph

import (
	"mime"
	"strings"
)

// mediaLimits are the types of files that Meta takes and their largest sizes in bytes.
var mediaLimits = map[string]int64{
	"audio/aac": 16 << 20, "audio/amr": 16 << 20, "audio/mpeg": 16 << 20, "audio/mp4": 16 << 20, "audio/ogg": 16 << 20,
	"image/jpeg": 5 << 20, "image/png": 5 << 20, "image/webp": 500 << 10,
	"video/mp4": 16 << 20, "video/3gpp": 16 << 20,
}

// maxDocument is the largest file of any other type, in bytes.
const maxDocument = 100 << 20

// CheckMedia finds files that Meta would refuse, by type and size in bytes; its error wraps ErrInvalid and says what
// would be taken.
func CheckMedia(mimeType string, size int64) error {
	kind, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		return invalid("the file's type %q is not a MIME type, such as image/png", clip(mimeType, 80))
	}
	family, _, _ := strings.Cut(kind, "/")
	limit, known := mediaLimits[kind]
	switch {
	case size <= 0:
		return invalid("the file is empty")
	case !known && family == "image":
		return invalid("pictures of type %s; JPEG and PNG are taken, and WebP for stickers", kind)
	case !known && family == "audio":
		return invalid("sound of type %s; AAC, AMR, MP3, MP4 and Ogg with Opus are taken", kind)
	case !known && family == "video":
		return invalid("films of type %s; MP4 and 3GPP are taken", kind)
	case !known && family != "application" && family != "text":
		return invalid("files of type %s", kind)
	case !known:
		limit = maxDocument
	}
	if size > limit {
		return invalid("the file has %d bytes; the limit of %s is %d", size, kind, limit)
	}
	return nil
}

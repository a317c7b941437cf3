// Package ffmpeg decodes sound in all the forms that people send, such as MP3, AAC, M4A, AMR, and the sound of videos, by
// the program of that name (package ffmpeg of Debian, Ubuntu, Alpine and Homebrew).
//
//	decoder, err := ffmpeg.Find()
//	if err == nil {
//		cfg.Sounds = decoder // of a whatsapp.Config
//	}
//
// What strangers send is decoded in a process of its own for each file. It gets the bytes by its standard input and
// gives samples by its standard output; it can open no other file and no connection; only forms and codecs of sound are
// switched on, so pictures are never decoded; and it may take so much time and, on Linux, memory. The program keeps the
// bytes that it may need again in a file without a name in the folder for temporary files.
package ffmpeg

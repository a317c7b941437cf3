package whatsapp

import "github.com/parley-voice/parley/internal/doctext"

// ServeIfChild must be among the first calls in main, and in TestMain, of programs whose bot is to read PDFs. A hostile
// one can ask for any amount of memory and time, so each is read in a second process of the program with bounds on
// both: there it does that and never returns, and in all others it does nothing. Without it, PDFs are answered with
// Texts.Media.Unknown; all other documents are read.
func ServeIfChild() { doctext.ServeIfChild() }

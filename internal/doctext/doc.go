// Package doctext finds the text in documents that strangers send: plain text in all its forms, HTML, PDF, and what
// office programs write (docx, pptx, xlsx, odt, odp, ods).
//
//	text, err := doctext.Extract(ctx, data, "report.pdf", "application/pdf", 8000)
//
// What a document is goes by its bytes; name and type only help where bytes say nothing. Documents are hostile:
// nothing is unpacked beyond what is needed for the text that is wanted, and never more than a bound; a
// document that takes too long is given up with its context. PDFs that are damaged, or encrypted and open without a
// password, are mended before they are read.
package doctext

// Package format prepares what a language model wrote for WhatsApp, which knows neither Markdown nor long messages.
//
// [FromMarkdown] turns Markdown into the markup of WhatsApp: *bold*, _italic_, ~strike~, `code`, fenced code, lists
// and quotes. What WhatsApp has no markup for becomes plain text that still reads well: a link becomes "text (url)",
// a heading a bold line, a table either aligned columns, if it is small, or a few "key: value" lines for each row.
//
// [Split] cuts a text that is too long for one message into pieces, at the places where a person would cut it, and
// [Pieces] says in addition which part of the text each piece stands for.
//
// Both are pure functions. They accept any string, take time in proportion to its length, and may be called from
// many goroutines at once.
//
// WhatsApp has no escape character. Text that happens to look like its markup, such as an escaped \*word\* in
// Markdown, is therefore passed on as it is and shown by WhatsApp as markup.
package format

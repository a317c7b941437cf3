// Package chatapi serves an engine over HTTP as OpenAI's chat completions, the part of it that matters for text:
// POST /v1/chat/completions, streamed or whole, and GET /v1/models.
package chatapi

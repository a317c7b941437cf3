// Package text measures what text messages cost: how soon a webhook is answered, how long the framework takes from a webhook to
// the request that carries the answer, how much of the processor a message takes, how many messages a second one core can take, and what a
// user weighs who is idle.
//
// The bot is a process of its own, with one core of its own where the system lets it choose (ServeIfChild). Meta's side
// is in the measuring process, on the other cores, and does little: it posts signed webhooks, and takes every request
// at once. The bot is the shipped one, in the mode Chat and without debounce; the model answers at once, always the same.
// Conversations and the journal are kept in memory, or in a file, where each change is on the disk before the bot goes on.
package text

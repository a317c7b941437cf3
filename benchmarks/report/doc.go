// Package report holds what a benchmark measured and shows it: as a table, as JSON and as a picture.
//
// A Scenario is one way to run a bot. It has Turns; each Turn is the time from the caller's last word to the bot's
// first sound, cut into Spans. Percentiles are by nearest rank, so every figure shown was really measured.
package report

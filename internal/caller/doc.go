// Package caller is a person at the other end of a WhatsApp call: it speaks clips to a bot through the emulator
// and listens to what comes back, turn by turn, with the times that the person's ears would measure.
//
// The commands "parley call" and "parley demo" are made of it.
package caller

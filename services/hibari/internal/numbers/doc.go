// Package numbers writes numbers as English words, the American way: "two hundred five", "nineteen eighty-four".
//
// Numbers come as strings of decimal digits, so that no length of digits overflows. Hyphens are left out: the words
// are meant to be pronounced, not read.
package numbers
